import { fail, ok, type Result } from "../../src/http/result.ts";
import { faultSchema as authsignalFault, type Fault as AuthsignalFault } from "./authsignal/faults.ts";
import { faultSchema as cognitoFault, type CognitoFault } from "./cognito/faults.ts";

/** How the stand-ins misbehave from the start. */
export interface Faults {
  readonly authsignal: readonly AuthsignalFault[];
  readonly cognito: readonly CognitoFault[];
}

const FORM =
  "--fault takes SERVICE.ENDPOINT=KIND[,NAME=VALUE], such as authsignal.track=hang or cognito.jwks=status,status=503";

/** Reads `--fault` flags, such as `authsignal.track=delay,delayMs=500`; a mistake gives one sentence. */
export function parseFaults(flags: readonly string[]): Result<Faults, string> {
  const authsignal: AuthsignalFault[] = [];
  const cognito: CognitoFault[] = [];
  for (const flag of flags) {
    const [, service, endpoint, kind, rest = ""] =
      /^(authsignal|cognito)\.([^=]+)=([^,]+)(?:,(.*))?$/.exec(flag) ?? [];
    const details = { endpoint, kind, ...numbersIn(rest) };
    const parsed =
      service === "cognito" ? cognitoFault.safeParse(details) : authsignalFault.safeParse(details);
    if (service === undefined || !parsed.success) {
      const issue = parsed.success ? undefined : parsed.error.issues[0];
      const why =
        service === undefined || issue === undefined ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
      return fail(`${FORM}${why}.`);
    }
    if (service === "cognito") {
      cognito.push(cognitoFault.parse(details));
    } else {
      authsignal.push(authsignalFault.parse(details));
    }
  }
  return ok({ authsignal, cognito });
}

/** Every detail of a fault is a number. */
function numbersIn(text: string): Record<string, number> {
  const pairs = text.split(",").filter((pair) => pair !== "");
  return Object.fromEntries(pairs.map((pair) => [pair.split("=")[0] ?? "", Number(pair.split("=")[1])]));
}
