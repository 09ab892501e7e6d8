import { SEED_USERS } from "../../../workers/local/seed.ts";
import { startWorld, type World } from "../../../workers/local/world.ts";

/** A world whose records can be read. */
export interface RecordedWorld extends World {
  /** The entries that the gateway recorded of one kind. */
  readonly recorded: (event: string) => Record<string, unknown>[];
  /** Pushes a document and waits until the gateway says that it is in force. */
  readonly inForce: (document: object) => Promise<void>;
}

const POLL_MS = 100;

/** Starts a world on free ports. */
export async function startRecordedWorld(): Promise<RecordedWorld> {
  const lines: string[] = [];
  const world = await startWorld({ port: 0, onLog: (line) => lines.push(line) });
  const health = async () => {
    const answer = await fetch(`${world.gatewayUrl}/.sallyport/health`);
    return ((await answer.json()) as { policy: string }).policy;
  };
  return {
    ...world,
    recorded: (event) =>
      lines
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Record<string, unknown>) // every entry is a JSON object
        .filter((entry) => entry["event"] === event),
    async inForce(document) {
      const text = JSON.stringify({ version: 1, default: { require: "sign-in" }, ...document });
      const before = await health();
      await world.pushPolicy(text);
      while ((await health()) === before) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
  };
}

/** Signs a program in; gives the headers that carry its access token. */
export async function bearerOf(world: World, username: string): Promise<Record<string, string>> {
  const user = SEED_USERS.find((candidate) => candidate.username === username);
  const answer = await fetch(world.cognito.api, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
    },
    body: JSON.stringify({
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: world.clientId,
      AuthParameters: { USERNAME: username, PASSWORD: user?.password },
    }),
  });
  // The documented shape of the answer (cognito.md).
  const { AuthenticationResult: result } = (await answer.json()) as {
    AuthenticationResult: { AccessToken: string };
  };
  return { Authorization: `Bearer ${result.AccessToken}` };
}

/** The `code` of a problem document, else the status. */
export async function codeOf(answer: Response): Promise<string | number> {
  const isProblem = answer.headers.get("content-type") === "application/problem+json";
  return isProblem ? ((await answer.json()) as { code: string }).code : answer.status;
}
