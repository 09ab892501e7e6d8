/**
 * An error answer of the server API, with all three keys that the SDKs of different languages read (reference 1.3).
 */
export function apiError(status: number, code: string, description: string): Response {
  const body = { error: code, errorCode: code, errorDescription: description };
  return Response.json(body, { status });
}

/** 400: the request does not have the documented shape. */
export const invalidRequest = (description: string): Response =>
  apiError(400, "invalid_request", description);

/** 404 for a thing that does not exist, in the shape of the API. */
export const notFound = (description: string): Response => apiError(404, "not_found", description);

/** The answer of the gateway in front of the API to a route it does not know. */
export const unknownRoute = (): Response => Response.json({ message: "Not Found" }, { status: 404 });
