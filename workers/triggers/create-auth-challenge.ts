import { createAuthChallenge } from "../../src/triggers/create.ts";
import { createEvent } from "../../src/triggers/events.ts";
import { lambdaHandler } from "./lambda.ts";
import { triggerPorts } from "./ports.ts";
import { orRefuseToStart, readSettings } from "./settings.ts";

const settings = orRefuseToStart(readSettings(process.env));
const portsFor = triggerPorts(settings);

/** CreateAuthChallenge. */
export const handler = lambdaHandler("create", createEvent, async (event, remainingMs) =>
  createAuthChallenge(event, settings.clients, await portsFor(remainingMs)),
);
