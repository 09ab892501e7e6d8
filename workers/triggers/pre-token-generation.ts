import { ok } from "../../src/http/result.ts";
import { preTokenGenerationEvent } from "../../src/triggers/events.ts";
import { preTokenGeneration } from "../../src/triggers/pre-token-generation.ts";
import { lambdaHandler } from "./lambda.ts";
import { triggerPorts } from "./ports.ts";
import { orRefuseToStart, readSettings } from "./settings.ts";

/** Tokens without the claims are good tokens: nobody waits longer for them. */
const CLAIMS_DEADLINE_MS = 1_500;

const settings = orRefuseToStart(readSettings(process.env));
const portsFor = triggerPorts(settings);

/** PreTokenGeneration, event version V2_0. */
export const handler = lambdaHandler(
  "pre-token-generation",
  preTokenGenerationEvent,
  async (event, remainingMs) => {
    const ports = await portsFor(() => Math.min(CLAIMS_DEADLINE_MS, remainingMs()));
    return ok(await preTokenGeneration(event, settings.clients, ports));
  },
);
