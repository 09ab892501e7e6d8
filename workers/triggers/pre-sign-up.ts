import { parseClients } from "../../src/triggers/config.ts";
import { preSignUpEvent } from "../../src/triggers/events.ts";
import { preSignUp } from "../../src/triggers/pre-sign-up.ts";
import { lambdaHandler } from "./lambda.ts";
import { orRefuseToStart } from "./settings.ts";

const clients = orRefuseToStart(parseClients(process.env["SIGN_IN_CLIENTS"]));

/** PreSignUp. Asks nobody and holds no secret. */
export const handler = lambdaHandler("pre-sign-up", preSignUpEvent, (event) => preSignUp(event, clients));
