/** Errors of the user pool API that the stand-in gives (reference 3 and 3.2). */
export type ApiErrorName =
  | "InvalidParameterException"
  | "NotAuthorizedException"
  | "ResourceNotFoundException"
  | "SerializationException"
  | "UnknownOperationException"
  | "UnsupportedTokenTypeException";

/** A call that failed. Real clients tell refresh failures apart by `message` alone (reference 3.3). */
export interface ApiError {
  readonly error: ApiErrorName;
  readonly message: string;
}

/** What a call gives back: the response body, or the error. */
export type ApiOutcome = { readonly body: Readonly<Record<string, unknown>> } | ApiError;

/** The refusal for a client id that is not the pool's. */
export function unknownClient(clientId: string): ApiError {
  return { error: "ResourceNotFoundException", message: `User pool client ${clientId} does not exist.` };
}
