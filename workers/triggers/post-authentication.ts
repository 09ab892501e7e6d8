import { postAuthenticationEvent } from "../../src/triggers/events.ts";
import { postAuthentication } from "../../src/triggers/post-authentication.ts";
import { lambdaHandler } from "./lambda.ts";
import { triggerPorts } from "./ports.ts";
import { orRefuseToStart, readSettings } from "./settings.ts";

const settings = orRefuseToStart(readSettings(process.env));
const portsFor = triggerPorts(settings);

/** PostAuthentication. */
export const handler = lambdaHandler(
  "post-authentication",
  postAuthenticationEvent,
  async (event, remainingMs) => postAuthentication(event, settings.clients, await portsFor(remainingMs)),
);
