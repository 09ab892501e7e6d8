import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import { FAULT_ENDPOINTS, FAULT_KINDS, faultSchema } from "../faults.ts";
import type { Fault, FaultKind } from "../faults.ts";
import { seeOther } from "../page.ts";
import type { Markup } from "../page.ts";
import { reasons } from "../server-api/input.ts";
import { formFields } from "../ui/form.ts";
import { dashboardPage } from "./layout.ts";

const MAX_SHIFT_MINUTES = 5_000_000;

const KIND_NAMES: Readonly<Record<FaultKind, string>> = {
  delay: "answer late",
  hang: "never answer",
  refuse: "refuse connections (the whole server)",
  reset: "reset the connection",
  "reset-mid-body": "reset in the middle of the answer",
  status: "answer an error status",
  html: "answer HTML",
  garbage: "answer broken JSON",
  oversized: "answer far too much",
  "rate-limit": "answer 429 with Retry-After",
};

const NOTICES: Readonly<Record<string, string>> = {
  added: "The fault is on.",
  removed: "The fault is off.",
  clock: "The clock was set.",
  rotated: "There is a new current key. The one before still works.",
  retired: "Only the current key works now.",
  sessions: "Session tokens are signed with a new key. The one before still verifies.",
};

/** What can go wrong on command: faults, the clock, and keys. */
export function faultsPages({ faults, clock, keys, sessions }: Context): Hono {
  const pages = new Hono();

  pages.get("/dashboard/faults", (c) => show(NOTICES[c.req.query("done") ?? ""]));

  pages.post("/dashboard/faults", async (c) => {
    const typed = await formFields(c);
    const fault = faultSchema.safeParse({
      endpoint: typed.get("endpoint"),
      kind: typed.get("kind"),
      ...numberField(typed, "status"),
      ...numberField(typed, "delayMs"),
      ...numberField(typed, "retryAfterSeconds"),
      ...numberField(typed, "times"),
    });
    if (!fault.success) {
      return show(undefined, { problem: reasons(fault.error), typed });
    }
    faults.add(fault.data);
    return seeOther("/dashboard/faults?done=added");
  });

  pages.post("/dashboard/faults/:index/remove", (c) => {
    const index = Number(c.req.param("index"));
    if (Number.isInteger(index) && index >= 0) {
      faults.remove(index);
    }
    return seeOther("/dashboard/faults?done=removed");
  });

  pages.post("/dashboard/faults/clock", async (c) => {
    const minutes = Number((await formFields(c)).get("minutes") || Number.NaN);
    if (Number.isNaN(minutes) || Math.abs(minutes) > MAX_SHIFT_MINUTES) {
      return show(undefined, { problem: "The shift must be a number of minutes.", typed: new Map() });
    }
    clock.shiftMs = Math.round(minutes * 60_000);
    return seeOther("/dashboard/faults?done=clock");
  });

  pages.post("/dashboard/faults/keys/rotate", () => {
    keys.rotate();
    return seeOther("/dashboard/faults?done=rotated");
  });

  pages.post("/dashboard/faults/keys/retire", () => {
    keys.retirePrevious();
    return seeOther("/dashboard/faults?done=retired");
  });

  pages.post("/dashboard/faults/keys/rotate-sessions", async () => {
    await sessions.keys.rotate();
    return seeOther("/dashboard/faults?done=sessions");
  });

  return pages;

  function show(
    notice: string | undefined,
    refused?: { readonly problem: string; readonly typed: ReadonlyMap<string, string> },
  ): Promise<Response> {
    const typed = (name: string): string => refused?.typed.get(name) ?? "";
    return dashboardPage({
      section: "Faults",
      intro:
        "How this stand-in misbehaves when it is told to. Pages are never affected, only what programs call.",
      notice,
      ...(refused === undefined ? {} : { status: 400 }),
      content: html`<section class="panel" aria-labelledby="now">
          <header><h2 id="now">On now</h2></header>
          ${
            faults.list().length === 0
              ? html`<p class="part muted">Nothing: every call is answered as it should be.</p>`
              : faults.list().map(row)
          }
        </section>
        <section class="panel" aria-labelledby="add">
          <header><h2 id="add">Switch a fault on</h2></header>
          <form class="part rule" method="post" action="/dashboard/faults">
            ${refused === undefined ? "" : html`<p class="problem" role="alert">${refused.problem}</p>`}
            <div class="fields">
              ${select("endpoint", "Calls", FAULT_ENDPOINTS, typed("endpoint"), (name) =>
                name === "*" ? "all APIs" : name,
              )}
              ${select("kind", "will", FAULT_KINDS, typed("kind") || "status", (kind) => KIND_NAMES[kind])}
              ${number("status", "Status", "500", typed("status"))}
              ${number("delayMs", "Milliseconds", "1000", typed("delayMs"))}
              ${number("retryAfterSeconds", "Retry after, seconds", "1", typed("retryAfterSeconds"))}
              ${number("times", "How many times", "always", typed("times"))}
            </div>
            <div class="actions"><button class="primary">Switch on</button></div>
          </form>
        </section>
        <section class="panel" aria-labelledby="clock">
          <header>
            <div>
              <h2 id="clock">Clock</h2>
              <p>Here it is ${new Date(Date.now() + clock.shiftMs).toLocaleString("en-GB")}.</p>
            </div>
          </header>
          <form class="part" method="post" action="/dashboard/faults/clock">
            <div class="fields">
              <div class="field">
                <label for="minutes">Ahead by minutes (behind: below zero)</label
                ><input
                  id="minutes"
                  name="minutes"
                  type="number"
                  step="any"
                  required
                  value="${String(clock.shiftMs / 60_000)}"
                />
              </div>
              <div>
                <button>Set<span class="visually-hidden"> the clock</span></button>
              </div>
            </div>
          </form>
        </section>
        <section class="panel" aria-labelledby="keys">
          <header>
            <div>
              <h2 id="keys">Keys</h2>
              <p>The server API takes these; webhooks carry one signature for each.</p>
            </div>
          </header>
          ${keys.list.map(
            (key, i) =>
              html`<div class="part row">
                <code>${key}</code>
                <span class="chip ${i === 0 ? "good" : ""}">${i === 0 ? "Current" : "Still active"}</span>
              </div>`,
          )}
          <div class="part row together">
            <form method="post" action="/dashboard/faults/keys/rotate">
              <button class="small">New server key</button>
            </form>
            ${
              keys.list.length > 1
                ? html`<form method="post" action="/dashboard/faults/keys/retire">
                    <button class="small">End the key before</button>
                  </form>`
                : ""
            }
            <form method="post" action="/dashboard/faults/keys/rotate-sessions">
              <button class="small">New key for session tokens</button>
            </form>
          </div>
        </section>`,
    });
  }
}

function row(fault: Fault, index: number): Markup {
  const { endpoint, kind, status, delayMs, retryAfterSeconds, times } = fault;
  const details = [
    status === undefined ? undefined : `status ${status}`,
    delayMs === undefined ? undefined : `${delayMs} ms`,
    retryAfterSeconds === undefined ? undefined : `retry after ${retryAfterSeconds} s`,
    times === undefined ? undefined : `${times} times`,
  ].filter((one) => one !== undefined);
  return html`<div class="part row">
    <div>
      <h3>${endpoint === "*" ? "All APIs" : endpoint}: ${KIND_NAMES[kind]}</h3>
      ${details.length === 0 ? "" : html`<p class="muted">${details.join(", ")}</p>`}
    </div>
    <form method="post" action="/dashboard/faults/${index}/remove">
      <button class="small">Switch off<span class="visually-hidden"> ${endpoint} ${kind}</span></button>
    </form>
  </div>`;
}

function select<T extends string>(
  name: string,
  label: string,
  values: readonly T[],
  chosen: string,
  nameOf: (value: T) => string,
): Markup {
  return html`<div class="field">
    <label for="${name}">${label}</label
    ><select id="${name}" name="${name}">
      ${values.map(
        (value) =>
          html`<option value="${value}" ${value === chosen ? html`selected` : ""}>${nameOf(value)}</option>`,
      )}
    </select>
  </div>`;
}

function number(name: string, label: string, placeholder: string, value: string): Markup {
  return html`<div class="field">
    <label for="${name}">${label}</label
    ><input id="${name}" name="${name}" type="number" min="0" placeholder="${placeholder}" value="${value}" />
  </div>`;
}

function numberField(typed: ReadonlyMap<string, string>, name: string): Record<string, number> {
  const text = typed.get(name)?.trim() ?? "";
  return text === "" ? {} : { [name]: Number(text) };
}
