import { parseArgs } from "node:util";
import { fail, ok, type Result } from "../../src/http/result.ts";
import { gatewaySettings } from "../gateway/settings.ts";
import { webhookSettings } from "../webhooks/config.ts";
import { parseFaults, type Faults } from "./fault-flags.ts";
import type { Settings } from "./miniflare.ts";

/** What `npm start` was asked to do. */
export interface Arguments {
  readonly help: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly port: number;
  readonly origin: string | undefined;
  readonly policyFile: string | undefined;
  readonly vars: Settings;
  readonly stateFolder: string | undefined;
  readonly authsignalSeed: string | undefined;
  readonly cognitoSeed: string | undefined;
  readonly faults: Faults;
  readonly triggers: boolean;
  readonly signIn: (typeof SIGN_IN_FLOWS)[number] | undefined;
}

/** How people may sign in on the gateway's own page. */
const SIGN_IN_FLOWS = ["passwordless", "password-first"] as const;
const DEFAULT_PORT = 8787;
/** The stand-ins take the next ports after the gateway's. */
const LAST_PORT = 65_535 - 10;

/** Every setting of either Worker, by the name a deployment gives it. */
export const SETTING_NAMES: readonly string[] = [
  ...new Set([...Object.keys(gatewaySettings), ...Object.keys(webhookSettings)]),
].toSorted();

export const USAGE = `Sallyport's local world: the gateway in front of a demo bank, the webhook Worker,
and stand-ins for Authsignal and Amazon Cognito. Nothing leaves this machine.

Usage: npm start -- [options]

  --port N            the gateway's port; the stand-ins take the next ones,
                      the webhook Worker any free one
                      (default ${DEFAULT_PORT}; 0: any free port for everything)
  --origin URL        put the gateway in front of your own app instead of the bank
  --policy FILE       use this policy instead of policy.json
  --var NAME=VALUE    set any setting of either Worker; may be repeated
  --state FOLDER      keep what the stand-ins know in a folder, so that it outlives a restart
  --authsignal-seed FILE, --cognito-seed FILE
                      begin with the users, rules and settings of a JSON file (docs/local-world.md)
  --fault SERVICE.ENDPOINT=KIND[,NAME=VALUE]
                      let a stand-in misbehave from the start, such as authsignal.track=hang,
                      cognito.jwks=status,status=503, authsignal.clock=shift,seconds=300 or
                      cognito.keys=rotate,afterSeconds=30; may be repeated (docs/local-world.md)
  --triggers          let the pool call the Lambda triggers, and offer the app clients that sign in
                      through them (docs/cognito-sign-in.md)
  --sign-in FLOW      let people sign in on the gateway's own page, through the triggers, instead of
                      managed login; FLOW is passwordless or password-first
  --json              print one line of JSON when everything answers, and nothing else
  --verbose           print what the Workers log, one JSON object a line, to standard error
  --help              print this

Settings for --var (README, "Configuration", explains each):
${wrap(SETTING_NAMES, 78)}

Ctrl-C ends everything.`;

/** Reads the command line; a mistake gives one sentence that says what to do. */
export function parseArguments(args: readonly string[]): Result<Arguments, string> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        port: { type: "string" },
        origin: { type: "string" },
        policy: { type: "string" },
        var: { type: "string", multiple: true },
        state: { type: "string" },
        "authsignal-seed": { type: "string" },
        "cognito-seed": { type: "string" },
        fault: { type: "string", multiple: true },
        triggers: { type: "boolean" },
        "sign-in": { type: "string" },
        json: { type: "boolean" },
        verbose: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    const first = error instanceof Error ? (error.message.split(". ")[0] ?? "") : "";
    return fail(`${first}. Run "npm start -- --help" to see every option.`);
  }
  const port = readPort(values.port);
  if (port === undefined) {
    return fail(`--port must be 0 or a number from 1 to ${LAST_PORT}.`);
  }
  if (values.origin !== undefined && !isOrigin(values.origin)) {
    return fail(
      "--origin must be the address of your app, such as http://127.0.0.1:3000, with nothing after it.",
    );
  }
  const signIn = SIGN_IN_FLOWS.find((flow) => flow === values["sign-in"]);
  if (signIn === undefined && values["sign-in"] !== undefined) {
    return fail(`--sign-in must be ${SIGN_IN_FLOWS.join(" or ")}.`);
  }
  const vars = readVars(values.var ?? []);
  if (!vars.ok) {
    return vars;
  }
  const faults = parseFaults(values.fault ?? []);
  if (!faults.ok) {
    return faults;
  }
  return ok({
    help: values.help ?? false,
    json: values.json ?? false,
    verbose: values.verbose ?? false,
    port,
    origin: values.origin?.replace(/\/$/, ""),
    policyFile: values.policy,
    vars: vars.value,
    stateFolder: values.state,
    authsignalSeed: values["authsignal-seed"],
    cognitoSeed: values["cognito-seed"],
    faults: faults.value,
    triggers: values.triggers ?? false,
    signIn,
  });
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) {
    return DEFAULT_PORT;
  }
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= LAST_PORT ? port : undefined;
}

function isOrigin(text: string): boolean {
  return (
    URL.canParse(text) &&
    /^https?:$/.test(new URL(text).protocol) &&
    new URL(text).origin === text.replace(/\/$/, "")
  );
}

function readVars(entries: readonly string[]): Result<Settings, string> {
  const vars: Record<string, string> = {};
  for (const entry of entries) {
    const equals = entry.indexOf("=");
    const name = entry.slice(0, Math.max(equals, 0));
    if (equals < 1) {
      return fail(`--var takes NAME=VALUE, such as --var STALENESS_SECONDS=0.`);
    }
    if (!SETTING_NAMES.includes(name)) {
      return fail(`--var ${name}: there is no such setting. Run "npm start -- --help" to see them all.`);
    }
    vars[name] = entry.slice(equals + 1);
  }
  return ok(vars);
}

function wrap(words: readonly string[], width: number): string {
  const lines: string[] = [];
  let line = " ";
  for (const word of words) {
    if (line.length + word.length + 1 > width) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}
