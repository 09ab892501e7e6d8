import type { TestProject } from "vitest/node";
import { startWorld } from "../../workers/local/world.ts";
import { roomyPolicy } from "../support/roomy-policy.ts";
import { launchBrowser } from "./browser.ts";

/** One local world for all files of this layer, as the test processes reach it. */
export interface Scene {
  readonly appUrl: string;
  readonly gatewayUrl: string;
  readonly bankUrl: string;
  readonly alertsUrl: string;
  readonly cognitoPages: string;
  readonly authsignalApi: string;
  readonly authsignalPages: string;
  /** Where the browser listens for those who drive it. */
  readonly browser: string;
}

/** What this layer finds: the scene, or the sentence that says why there is none. */
export type Found = { readonly scene: Scene } | { readonly problem: string };

declare module "vitest" {
  interface ProvidedContext {
    e2e: Found;
  }
}

/**
 * Starts the world and the browser before the first file of this layer, and ends both after the last. Where they do
 * not start, the files of this layer fail with the reason, and the other layers go on.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: (() => Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(started.map((close) => close()));
  };
  try {
    const browser = await launchBrowser();
    started.push(() => browser.close());
    const world = await startWorld({ port: 0, policyFile: await roomyPolicy() });
    started.push(() => world.close());
    project.provide("e2e", {
      scene: {
        appUrl: world.appUrl,
        gatewayUrl: world.gatewayUrl,
        bankUrl: world.originUrl,
        alertsUrl: world.alertsUrl,
        cognitoPages: world.cognito.publicDomain,
        authsignalApi: world.authsignal.url,
        authsignalPages: world.authsignal.publicUrl,
        browser: browser.wsEndpoint(),
      },
    });
  } catch (error) {
    project.provide("e2e", { problem: error instanceof Error ? error.message : String(error) });
  }
  return end;
}
