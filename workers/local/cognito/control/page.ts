import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { FAULT_ENDPOINTS, FAULT_KINDS, faultSchema } from "../faults.ts";
import { type Html, layout } from "../pages/layout.ts";
import type { Controls } from "./controls.ts";

const DAY_SECONDS = 24 * 3600;
/** The details of a fault; each is left out when its field is empty. */
const FAULT_NUMBERS = [
  { name: "status", label: "Status" },
  { name: "delayMs", label: "Delay in ms" },
  { name: "retryAfterSeconds", label: "Retry after, s" },
  { name: "bytes", label: "Bytes" },
  { name: "times", label: "How many times" },
] as const;

/** `/control`: the controls for people. Each button is one form; the page works without scripts. */
export function controlPage(controls: Controls): Hono {
  const routes = new Hono();
  routes.get("/control", (c) => c.html(view(controls, c.req.query("done"), c.req.query("problem"))));
  routes.post("/control", async (c) => {
    const outcome = await act(controls, c);
    return c.redirect(`/control?${new URLSearchParams(outcome).toString()}`, 303);
  });
  return routes;
}

async function act(controls: Controls, c: Context): Promise<{ done: string } | { problem: string }> {
  const { pool, faults } = controls;
  const fields = new URLSearchParams(await c.req.text());
  switch (fields.get("do")) {
    case "rotate":
      await pool.keys.rotate();
      return { done: "The keys were rotated. The old ones are published until the next time." };
    case "fault": {
      const operation = (fields.get("operation") ?? "").trim();
      const fault = faultSchema.safeParse({
        endpoint: operation === "" ? fields.get("endpoint") : `api:${operation}`,
        kind: fields.get("kind"),
        ...numbersIn(fields),
      });
      if (!fault.success) {
        const [issue] = fault.error.issues;
        return { problem: `There is no such fault (${issue?.path.join(".")}: ${issue?.message}).` };
      }
      faults.set(fault.data);
      return { done: `From now on, ${fault.data.endpoint}: ${fault.data.kind}.` };
    }
    case "behave":
      faults.clear();
      return { done: "Everything behaves again." };
    case "clock": {
      const shiftSeconds = Number(fields.get("seconds"));
      if (!Number.isInteger(shiftSeconds) || Math.abs(shiftSeconds) > 365 * DAY_SECONDS) {
        return { problem: "The clock can be shifted by whole seconds, a year at most." };
      }
      controls.shiftClock(shiftSeconds);
      return { done: `The clock is shifted by ${shiftSeconds} s.` };
    }
    case "reset":
      controls.reset();
      return { done: "Everything is as it was seeded." };
    default:
      return { problem: "Nothing was done." };
  }
}

function view({ pool, faults, clockShiftSeconds }: Controls, done?: string, problem?: string): Html {
  return layout(
    "Controls",
    html`<h1>Controls</h1>
      <p class="lead">
        ${pool.userPoolId}, ${new Date(pool.now()).toUTCString()}. <a href="/inbox">Inbox</a>
      </p>
      ${done === undefined ? "" : html`<p class="done" role="status">${done}</p>`}
      ${problem === undefined ? "" : html`<p class="error" role="alert">${problem}</p>`}
      <h2>State</h2>
      <dl>
        ${Object.entries(pool.store.counts()).map(
          ([name, count]) =>
            html`<dt>${name}</dt>
              <dd>${count}</dd>`,
        )}
      </dl>
      ${button("reset", "Reset to the seed")}
      <h2>Keys</h2>
      <ul class="kids">
        ${pool.keys.published().map(({ kid }) => html`<li><code>${kid}</code></li>`)}
      </ul>
      ${button("rotate", "Rotate the keys")}
      <h2>Faults</h2>
      ${faultList(faults.list().map(({ endpoint, kind, times }) => `${endpoint}: ${kind}${times === undefined ? "" : `, ${times} more times`}`))}
      <form method="post" action="/control" class="row">
        <input type="hidden" name="do" value="fault" />
        ${select("endpoint", "Where", FAULT_ENDPOINTS)} ${select("kind", "What", FAULT_KINDS)}
        <label
          >Of the API, only <input name="operation" placeholder="any operation" pattern="[A-Za-z]*"
        /></label>
        ${FAULT_NUMBERS.map(
          ({ name, label }) =>
            html`<label
              >${label} <input name="${name}" inputmode="numeric" pattern="[0-9]*" size="7"
            /></label>`,
        )}
        <button type="submit">Misbehave</button>
      </form>
      <form method="post" action="/control">
        <input type="hidden" name="do" value="fault" />
        <input type="hidden" name="endpoint" value="jwks" />
        <input type="hidden" name="kind" value="status" />
        <input type="hidden" name="status" value="503" />
        <button type="submit">JWKS outage</button>
      </form>
      ${button("behave", "Behave again")}
      <h2>Clock</h2>
      <form method="post" action="/control" class="row">
        <input type="hidden" name="do" value="clock" />
        <label
          >Seconds ahead
          <input name="seconds" inputmode="numeric" pattern="-?[0-9]+" value="${clockShiftSeconds()}"
        /></label>
        <button type="submit">Shift</button>
      </form>
      <h2>Settings</h2>
      <dl>
        ${Object.entries(pool.settings).map(
          ([name, value]) =>
            html`<dt><code>${name}</code></dt>
              <dd>${String(value)}</dd>`,
        )}
      </dl>
      <p class="hint">Change these with <code>PATCH /control/settings</code>.</p>`,
    { wide: true },
  );
}

function numbersIn(fields: URLSearchParams): Record<string, number> {
  const filled = FAULT_NUMBERS.filter(({ name }) => (fields.get(name) ?? "") !== "");
  return Object.fromEntries(filled.map(({ name }) => [name, Number(fields.get(name))]));
}

function faultList(faults: readonly string[]): Html {
  return faults.length === 0
    ? html`<p class="hint">Everything behaves.</p>`
    : html`<ul>
        ${faults.map((fault) => html`<li>${fault}</li>`)}
      </ul>`;
}

function button(action: string, label: string): Html {
  return html`<form method="post" action="/control">
    <input type="hidden" name="do" value="${action}" />
    <button type="submit">${label}</button>
  </form>`;
}

function select(name: string, label: string, options: readonly string[]): Html {
  return html`<label
    >${label}
    <select name="${name}">
      ${options.map((option) => html`<option>${option}</option>`)}
    </select></label
  >`;
}
