import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { parseClients } from "../src/triggers/config.ts";
import { attachTriggers, detachTriggers, openClient, restoreInput } from "../src/cli/cognito-input.ts";

const USAGE = `Turns what describe-user-pool or describe-user-pool-client printed (standard input) into what
update-user-pool or update-user-pool-client takes (standard output): both put back to its default
whatever they are not told.

  attach --outputs FILE [--leave-out NAME]...   the pool, with the stack's functions as triggers
  detach --outputs FILE                         the pool, without them and with all others
  pool                                          the pool as it is: to go back to
  custom-auth                                   an app client that allows custom flows and refreshing, no other
  client                                        an app client as it is: to go back to
  clients                                       checks a SIGN_IN_CLIENTS document, and prints it in full

FILE is the answer of: aws cloudformation describe-stacks --stack-name NAME --query "Stacks[0].Outputs"`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    outputs: { type: "string" },
    "leave-out": { type: "string", multiple: true, default: [] },
  },
});

/** The JSON in a file. */
async function jsonFile(path: string): Promise<unknown> {
  const { readFile } = await import("node:fs/promises");
  return JSON.parse(await readFile(path, "utf8"));
}

/** What is to be printed, or a text that says why not. */
async function inputOf(command?: string): Promise<object | string> {
  if (command === undefined) {
    return USAGE;
  }
  const given = await text(process.stdin);
  if (command === "clients") {
    const clients = parseClients(given);
    return clients.ok
      ? Object.fromEntries(clients.value)
      : clients.error.map(({ setting, fix }) => `${setting} ${fix}`).join("\n");
  }
  const described: unknown = JSON.parse(given);
  const outputs = values.outputs === undefined ? [] : await jsonFile(values.outputs);
  switch (command) {
    case "attach":
      return attachTriggers(described, outputs, values["leave-out"]);
    case "detach":
      return detachTriggers(described, outputs);
    case "custom-auth":
      return openClient(described);
    case "pool":
    case "client":
      return restoreInput(described);
    default:
      return USAGE;
  }
}

const input = await inputOf(positionals[0]).catch((error: unknown) =>
  error instanceof Error ? error.message : String(error),
);
if (typeof input === "string") {
  process.stderr.write(`${input}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${JSON.stringify(input, undefined, 2)}\n`);
}
