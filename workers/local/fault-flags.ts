import { fail, ok, type Result } from "../../src/http/result.ts";
import { faultSchema as authsignalFault, type Fault as AuthsignalFault } from "./authsignal/faults.ts";
import { faultSchema as cognitoFault, type CognitoFault } from "./cognito/faults.ts";

/** How one stand-in misbehaves from the start. */
export interface ServiceFaults<Fault> {
  readonly faults: readonly Fault[];
  /** By how much its clock is wrong; 0: right. */
  readonly clockShiftSeconds: number;
  /** When it makes new keys current, counted from the start. */
  readonly rotateKeysAfterSeconds: number | undefined;
}

/** How the stand-ins misbehave from the start. */
export interface Faults {
  readonly authsignal: ServiceFaults<AuthsignalFault>;
  readonly cognito: ServiceFaults<CognitoFault>;
}

const FORM =
  "--fault takes SERVICE.ENDPOINT=KIND[,NAME=VALUE], such as authsignal.track=hang, cognito.jwks=status,status=503, " +
  "authsignal.clock=shift,seconds=300 or cognito.keys=rotate,afterSeconds=30";
const MAX_SHIFT_SECONDS = 365 * 24 * 3600;
const MAX_ROTATE_SECONDS = 24 * 3600;

type Service = "authsignal" | "cognito";
interface Flag {
  readonly service: Service;
  readonly endpoint: string;
  readonly kind: string;
  readonly numbers: Readonly<Record<string, number>>;
}
interface Collected<Fault> {
  faults: Fault[];
  clockShiftSeconds: number;
  rotateKeysAfterSeconds: number | undefined;
}

/** Reads `--fault` flags, such as `authsignal.track=delay,delayMs=500`; a mistake gives one sentence. */
export function parseFaults(flags: readonly string[]): Result<Faults, string> {
  const collected: { authsignal: Collected<AuthsignalFault>; cognito: Collected<CognitoFault> } = {
    authsignal: { faults: [], clockShiftSeconds: 0, rotateKeysAfterSeconds: undefined },
    cognito: { faults: [], clockShiftSeconds: 0, rotateKeysAfterSeconds: undefined },
  };
  for (const text of flags) {
    const flag = parseFlag(text);
    const problem = flag === undefined ? "" : collect(flag, collected);
    if (problem !== undefined) {
      return fail(problem === "" ? `${FORM}.` : `${FORM} (${problem}).`);
    }
  }
  return ok(collected);
}

function parseFlag(text: string): Flag | undefined {
  const [, service, endpoint, kind, rest = ""] =
    /^(authsignal|cognito)\.([^=]+)=([^,]+)(?:,(.*))?$/.exec(text) ?? [];
  if (service === undefined || endpoint === undefined || kind === undefined) {
    return undefined;
  }
  return {
    service: service === "cognito" ? "cognito" : "authsignal",
    endpoint,
    kind,
    numbers: numbersIn(rest),
  };
}

/** Returns what is wrong with the flag, if anything. */
function collect(
  flag: Flag,
  collected: { authsignal: Collected<AuthsignalFault>; cognito: Collected<CognitoFault> },
): string | undefined {
  const { service, endpoint, kind, numbers } = flag;
  const into = collected[service];
  if (endpoint === "clock" || endpoint === "keys") {
    const [wanted, member, most] =
      endpoint === "clock"
        ? (["shift", "seconds", MAX_SHIFT_SECONDS] as const)
        : (["rotate", "afterSeconds", MAX_ROTATE_SECONDS] as const);
    const { [member]: seconds, ...others } = numbers;
    if (kind !== wanted || seconds === undefined || Object.keys(others).length > 0) {
      return `${endpoint}: must be ${wanted},${member}=NUMBER`;
    }
    if (!Number.isInteger(seconds) || Math.abs(seconds) > most || (endpoint === "keys" && seconds < 0)) {
      return `${member}: must be a whole number of seconds, ${most} at most`;
    }
    if (endpoint === "clock") {
      into.clockShiftSeconds = seconds;
    } else {
      into.rotateKeysAfterSeconds = seconds;
    }
    return undefined;
  }
  const details = { endpoint, kind, ...numbers };
  if (service === "cognito") {
    const parsed = cognitoFault.safeParse(details);
    if (parsed.success) {
      collected.cognito.faults.push(parsed.data);
    }
    return firstProblem(parsed);
  }
  const parsed = authsignalFault.safeParse(details);
  if (parsed.success) {
    collected.authsignal.faults.push(parsed.data);
  }
  return firstProblem(parsed);
}

interface Parsed {
  readonly success: boolean;
  readonly error?: { readonly issues: readonly { readonly path: PropertyKey[]; readonly message: string }[] };
}

function firstProblem(parsed: Parsed): string | undefined {
  const [issue] = parsed.error?.issues ?? [];
  return issue === undefined ? undefined : `${issue.path.join(".")}: ${issue.message}`;
}

/** Every detail of a fault is a number. */
function numbersIn(text: string): Record<string, number> {
  const pairs = text.split(",").filter((pair) => pair !== "");
  return Object.fromEntries(pairs.map((pair) => [pair.split("=")[0] ?? "", Number(pair.split("=")[1])]));
}
