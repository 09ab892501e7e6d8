import { verifyEvent } from "../../src/triggers/events.ts";
import { verifyAuthChallengeResponse } from "../../src/triggers/verify.ts";
import { lambdaHandler } from "./lambda.ts";
import { triggerPorts } from "./ports.ts";
import { orRefuseToStart, readSettings } from "./settings.ts";

const settings = orRefuseToStart(readSettings(process.env));
const portsFor = triggerPorts(settings);

/** VerifyAuthChallengeResponse. */
export const handler = lambdaHandler("verify", verifyEvent, async (event, remainingMs) =>
  verifyAuthChallengeResponse(event, settings.clients, await portsFor(remainingMs)),
);
