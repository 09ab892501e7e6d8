import { Hono } from "hono";
import { jwk } from "hono/jwk";
import { proxy } from "hono/proxy";

interface Settings {
  readonly ORIGIN: string;
  readonly JWKS: string;
  readonly ISSUER: string;
  readonly CLIENT_ID: string;
}

function makeApp({ ORIGIN, JWKS, ISSUER, CLIENT_ID }: Settings) {
  const app = new Hono<{ Variables: { jwtPayload: Readonly<Record<string, unknown>> } }>();
  // A JWKS document of bench/identities.ts.
  const { keys } = JSON.parse(JWKS) as { keys: [] };
  app.use(jwk({ keys, alg: ["RS256"], verification: { iss: ISSUER } }));
  app.all("*", async (context) => {
    const claims = context.get("jwtPayload");
    if (claims.client_id !== CLIENT_ID || claims.token_use !== "access") {
      return context.body(null, 401);
    }
    const { url } = context.req;
    return proxy(ORIGIN + url.slice(url.indexOf("/", 8)), context.req);
  });
  return app;
}

let app: ReturnType<typeof makeApp> | undefined;

export default {
  fetch(request: Request, settings: Settings): Response | Promise<Response> {
    app ??= makeApp(settings);
    return app.fetch(request);
  },
};
