import { ok } from "../../src/http/result.ts";
import { parseClients } from "../../src/triggers/config.ts";
import { defineAuthChallenge } from "../../src/triggers/define.ts";
import { defineEvent } from "../../src/triggers/events.ts";
import { lambdaHandler, recordToLog } from "./lambda.ts";
import { orRefuseToStart } from "./settings.ts";

const clients = orRefuseToStart(parseClients(process.env["SIGN_IN_CLIENTS"]));

/** DefineAuthChallenge. Asks nobody and holds no secret. */
export const handler = lambdaHandler("define", defineEvent, (event) => {
  const { reason, ...definition } = defineAuthChallenge(event, clients);
  const { clientId } = event.callerContext;
  if (reason !== undefined) {
    recordToLog({ trigger: "define", clientId, outcome: "refused", reason });
  }
  return ok(definition);
});
