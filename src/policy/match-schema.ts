import * as z from "zod/mini";
import { atLeastOne, Method, shortText } from "./vocabulary.ts";

/** How many names and values the conditions of one route may hold: they are compared one by one. */
const MAX_CONDITIONS = 16;
const MAX_VALUES = 64;

/** Its grammar lives in pattern.ts; a document that parses holds only patterns that compile. */
const PathPattern = z
  .string()
  .check(
    z.regex(/^\//, "must start with /"),
    z.maxLength(1024, "must be at most 1024 characters long"),
    z.describe("Segments are literal, :name (one segment) or, last, * (any number of segments)."),
  );

const Host = z
  .string()
  .check(
    z.regex(
      /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?$/,
      "must be a host in lower case, with its port unless that is the scheme's own, such as admin.example.com",
    ),
  );

const MediaType = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]{0,126})$/,
      "must be a media type in lower case without parameters, such as application/json or image/*",
    ),
  );

const Value = shortText(256);
const Values = z.union(
  [
    Value,
    z
      .array(Value)
      .check(atLeastOne("value"), z.maxLength(MAX_VALUES, `must list at most ${MAX_VALUES} values`)),
  ],
  `must be a text, or a list of 1 to ${MAX_VALUES} texts`,
);

const conditions = (what: string) =>
  z.record(shortText(128), Values).check(
    z.refine(
      (entries) => Object.keys(entries).length <= MAX_CONDITIONS,
      `must hold at most ${MAX_CONDITIONS} conditions`,
    ),
    z.describe(
      `Each ${what} must be there with this value, or one of these. "*" stands for any value. ` +
        "What only some origins would take for a match counts as one when that asks for more, never for less.",
    ),
  );

const common = {
  hosts: z.exactOptional(
    z.array(Host).check(atLeastOne("host"), z.describe("Left out: every public host of the app.")),
  ),
  path: PathPattern,
  query: z.exactOptional(conditions("field of the query")),
  headers: z.exactOptional(conditions("header")),
  contentTypes: z.exactOptional(
    z
      .array(MediaType)
      .check(
        atLeastOne("media type"),
        z.describe(
          "The content types of the request that match. A step-up route refuses the others with 415, unless another route lists them.",
        ),
      ),
  ),
};

/** What a request must look like for a route that does not step up. */
export const AnyMethodMatch = z.strictObject({
  ...common,
  methods: z.exactOptional(
    z.array(Method).check(atLeastOne("method"), z.describe("Left out: every method. HEAD counts as GET.")),
  ),
});

/** What a request must look like for a step-up route, which lists its methods. */
export const ListedMethodMatch = z.strictObject({
  ...common,
  methods: z
    .array(Method)
    .check(
      atLeastOne("method"),
      z.describe(
        "Other methods are refused with 405, except GET, HEAD and OPTIONS, which go to the later routes.",
      ),
    ),
});

/** The match of any route. */
export type Match = z.infer<typeof AnyMethodMatch>;
