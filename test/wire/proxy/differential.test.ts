import { fc } from "../../support/properties.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { comparable, withDifferences } from "../../support/differences.ts";
import { startEdge, type Edge } from "../../support/edge.ts";
import {
  answerBytes,
  generatedAnswer,
  generatedRequest,
  requestBytes,
  type GeneratedAnswer,
  type GeneratedRequest,
} from "../../support/generated-exchange.ts";
import { valuesOf, type Fields, type Message } from "../../support/http1.ts";
import { SUB } from "../../support/issuer.ts";
import { sendRaw } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

/** More find more; these take some seconds. Give a number in the environment to look for longer. */
const RUNS = Number(process.env["DIFFERENTIAL_RUNS"] ?? 400);

const SIGNED_IN = { version: 1, default: { require: "sign-in" }, routes: [] };

let origin: RawOrigin;

beforeAll(async () => {
  origin = await startRawOrigin();
});

afterAll(() => origin.close());

describe.each([
  ["a public route", undefined],
  ["a route that needs a sign-in", SIGNED_IN],
])("with the gateway as without it, but for the documented differences: %s", (_, policy) => {
  let edge: Edge;
  let token: string;

  beforeAll(async () => {
    edge = await startEdge({ origin: origin.url, ...(policy === undefined ? {} : { policy }) });
    token = await edge.issuer.token();
  });

  afterAll(() => edge.stop());

  it(
    "the origin receives the same request, and the client the same answer",
    async () => {
      await fc.assert(
        fc.asyncProperty(generatedRequest, generatedAnswer(origin.url), async (request, answer) => {
          // A 205 to HEAD is not compared: what length it has depends on how the origin framed it.
          fc.pre(request.method !== "HEAD" || answer.status !== 205);
          const authenticated = policy !== undefined;
          const own: Fields = [
            ["Host", new URL(edge.url).host],
            ...(authenticated ? [["Authorization", `Bearer ${token}`] as const] : []),
          ];
          const exchanged = {
            method: request.method,
            publicOrigin: edge.url,
            originUrl: origin.url,
            authenticated,
            cookieLines: valuesOf(request.fields, "cookie"),
          };
          const direct = await exchange(origin.port, request, answer, own);
          const through = await exchange(edge.port, request, answer, own);

          const expected = withDifferences(direct.arrival, "request", exchanged);
          expect(comparable(withoutIdentity(through.arrival, authenticated))).toEqual(comparable(expected));
          expect(comparable(through.answer)).toEqual(
            comparable(withDifferences(direct.answer, "answer", exchanged)),
          );
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 200,
  );
});

/** Sends one request, and gives what the origin received and what the client did. */
async function exchange(
  port: number,
  request: GeneratedRequest,
  answer: GeneratedAnswer,
  own: Fields,
): Promise<{ readonly arrival: Message; readonly answer: Message }> {
  origin.script({
    answer: () => answerBytes(answer, request.method),
    close: answer.body.framing === "close",
  });
  const { final } = await sendRaw(port, requestBytes(request, own));
  const [arrival, ...more] = origin.arrivals;
  if (arrival === undefined || final === undefined || more.length > 0) {
    throw new Error(`${origin.arrivals.length} requests arrived; the answer was ${final?.startLine}`);
  }
  return { arrival, answer: final };
}

/** What the gateway says about the user, checked and taken away. */
function withoutIdentity(arrival: Message, authenticated: boolean): Message {
  if (!authenticated) {
    return arrival;
  }
  expect(valuesOf(arrival.fields, "X-Forwarded-User")).toEqual([SUB]);
  expect(valuesOf(arrival.fields, "X-Forwarded-Preferred-Username")).toEqual(["ada"]);
  expect(valuesOf(arrival.fields, "Sallyport-Assertion")).toHaveLength(1);
  const said = /^(?:X-Forwarded-User|X-Forwarded-Preferred-Username|Sallyport-Assertion)$/i;
  return { ...arrival, fields: arrival.fields.filter(([name]) => !said.test(name)) };
}
