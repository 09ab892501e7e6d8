import { chromium, type Browser, type BrowserContext, type BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, inject, onTestFinished } from "vitest";
import type { Found, Scene } from "./global-setup.ts";

/** Where everything is. */
export const scene = sceneOf(inject("e2e"));

/** How long anything that should happen may take to happen. */
export const PATIENCE_MS = 15_000;

let browser: Browser;

/**
 * Prepares a test file: a connection to the browser, and for each test the rules, users and messages that the local
 * world starts with.
 */
export function useStage(): void {
  beforeAll(async () => {
    browser = await chromium.connect(scene.browser);
  });
  afterAll(() => browser.close());
  beforeEach(resetAuthsignal);
}

/**
 * A browser of its own, with no cookies, for one test. The test fails when a page of it reports a violation of a
 * content security policy, or asks anything of another machine.
 */
export async function newVisitor(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const violations: string[] = [];
  const strangers: string[] = [];
  context.on("console", (message) => {
    if (/content security policy/i.test(message.text())) {
      violations.push(`${message.page()?.url() ?? ""}: ${message.text()}`);
    }
  });
  context.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== "data:" && hostname !== "127.0.0.1" && !hostname.endsWith(".localhost")) {
      strangers.push(request.url());
    }
  });
  onTestFinished(async () => {
    await context.close();
    expect(violations).toEqual([]);
    expect(strangers).toEqual([]);
  });
  return context;
}

/** Has Authsignal ask for every transfer of more than this, so that many fit into one demo account. */
export async function challengeAbove(amount: number): Promise<void> {
  const answer = await fetch(`${scene.authsignalApi}/control/rules/transfer/large-transfer`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ conditions: { ">": [{ var: "custom.amount" }, amount] } }),
  });
  expect(answer.status).toBe(200);
}

function sceneOf(found: Found): Scene {
  if ("problem" in found) {
    throw new Error(found.problem);
  }
  return found.scene;
}

async function resetAuthsignal(): Promise<void> {
  const answer = await fetch(`${scene.authsignalApi}/control/reset`, { method: "POST" });
  expect(answer.status).toBe(204);
}
