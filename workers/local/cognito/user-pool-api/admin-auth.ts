import { initiateAuth, initiateAuthInput, respondInput, respondToAuthChallenge } from "./auth.ts";
import { onPool, onUser, poolInput, userInput } from "./admin-input.ts";
import * as z from "zod";
import type { Operation } from "./operation.ts";

/** Sign-in and sign-out by a server with AWS credentials. */
export const ADMIN_AUTH_OPERATIONS: Readonly<Record<string, Operation>> = {
  AdminInitiateAuth: onPool(initiateAuthInput.extend(poolInput), (pool, input) =>
    initiateAuth(pool, input, true),
  ),
  AdminRespondToAuthChallenge: onPool(respondInput.extend(poolInput), (pool, input) =>
    respondToAuthChallenge(pool, input),
  ),
  AdminUserGlobalSignOut: onUser(z.object(userInput), (pool, _input, user) => {
    pool.store.revokeAll(user);
    return { body: {} };
  }),
  /** The pool has no threat protection, which this call needs. */
  AdminListUserAuthEvents: onUser(z.object(userInput), () => ({
    error: "UserPoolAddOnNotEnabledException",
    message: "Threat protection is not enabled for the user pool.",
  })),
};
