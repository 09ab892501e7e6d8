/** Errors of the user pool API that the stand-in gives (reference 3 and 3.2, and AWS's common errors). */
export type ApiErrorName =
  | "AliasExistsException"
  | "CodeMismatchException"
  | "ExpiredCodeException"
  | "GroupExistsException"
  | "IncompleteSignatureException"
  | "InvalidLambdaResponseException"
  | "InvalidParameterException"
  | "InvalidPasswordException"
  | "InvalidSignatureException"
  | "LimitExceededException"
  | "MissingAuthenticationTokenException"
  | "NotAuthorizedException"
  | "PasswordResetRequiredException"
  | "RefreshTokenReuseException"
  | "ResourceNotFoundException"
  | "SerializationException"
  | "TooManyRequestsException"
  | "UnauthorizedException"
  | "UnexpectedLambdaException"
  | "UnknownOperationException"
  | "UnrecognizedClientException"
  | "UnsupportedOperationException"
  | "UnsupportedTokenTypeException"
  | "UnsupportedUserStateException"
  | "UserLambdaValidationException"
  | "UserNotConfirmedException"
  | "UserNotFoundException"
  | "UserPoolAddOnNotEnabledException"
  | "UsernameExistsException";

/** A call that failed. Real clients tell refresh failures apart by `message` alone (reference 3.3). */
export interface ApiError {
  readonly error: ApiErrorName;
  readonly message: string;
}

/** What a call gives back: the response body, or the error. */
export type ApiOutcome = { readonly body: Readonly<Record<string, unknown>> } | ApiError;

/** The refusal for a client id that is not one of the pool's. */
export function unknownClient(clientId: string): ApiError {
  return { error: "ResourceNotFoundException", message: `User pool client ${clientId} does not exist.` };
}

/** The refusal for a missing entry of `AuthParameters` or `ChallengeResponses`. */
export function missingParameter(name: string): ApiError {
  return { error: "InvalidParameterException", message: `Missing required parameter ${name}` };
}

/** The one answer to a wrong password, a wrong proof and, where existence is hidden, an unknown user. */
export const WRONG_PASSWORD: ApiError = {
  error: "NotAuthorizedException",
  message: "Incorrect username or password.",
};

export const USER_NOT_FOUND: ApiError = { error: "UserNotFoundException", message: "User does not exist." };
