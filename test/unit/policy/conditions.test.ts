import { describe, expect, it } from "vitest";
import { judgePath, policyOf } from "./fixtures.ts";
import { fc, test as property } from "./property.ts";

const stepUp = (id: string, match: object) => ({
  id,
  match: { methods: ["POST", "GET"], path: "/do", ...match },
  require: "step-up",
  action: id,
});

/** The judgement in one word: the route's id, or the reason of the refusal. */
function outcome(
  policy: ReturnType<typeof policyOf>,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): string {
  const judgement = judgePath(policy, method, path, new Headers(headers));
  return judgement.kind === "route" ? judgement.id : judgement.reason;
}

describe("hosts", () => {
  const policy = policyOf([
    {
      id: "admin",
      match: { path: "/*", hosts: ["admin.example.com", "app.localhost:443"] },
      require: "deny",
    },
    { id: "other", match: { path: "/*", hosts: ["other.example.com"] }, require: "nothing" },
  ]);

  it("match exactly, the scheme's own port aside", () => {
    expect(outcome(policy, "/")).toBe("admin");
    expect(
      outcome(
        policyOf([{ id: "x", match: { path: "/*", hosts: ["app.localhost.evil"] }, require: "nothing" }]),
        "/",
      ),
    ).toBe("default");
  });
});

describe("the query", () => {
  const policy = policyOf([
    stepUp("pay", { query: { op: "pay" } }),
    stepUp("refund", { query: { op: ["refund", "storno"] } }),
    { id: "view", match: { path: "/do", query: { op: "view" } }, require: "nothing" },
    { id: "any", match: { path: "/do", query: { debug: "*" } }, require: "deny" },
  ]);

  it.each([
    ["/do?op=pay", "pay"],
    ["/do?x=1&op=p%61y", "pay"],
    ["/do?op=storno", "refund"],
    ["/do?op=view", "view"],
    ["/do?op=edit", "default"],
    ["/do", "default"],
    ["/do?payment=pay", "default"],
    ["/do?op=view&debug", "view"],
    ["/do?debug=", "any"],
  ])("GET %s meets %s", (path, id) => {
    expect(outcome(policy, path)).toBe(id);
  });

  it.each([
    ["repeated", "op=view&op=pay", "pay"],
    ["repeated, the other way round", "op=pay&op=view", "pay"],
    ["in another case", "OP=pay", "pay"],
    ["with a value in another case", "op=PAY", "pay"],
    ["as a list", "op[]=pay", "pay"],
    ["behind a semicolon", "x=1;op=pay", "ambiguous_target"],
    ["decoded twice", "op=p%2561y", "pay"],
    ["with its name decoded twice", "%256fp=pay", "pay"],
    ["with space around", "op=+pay%09", "pay"],
    ["with a value that cannot be decoded", "op=%ff", "ambiguous_target"],
    ["beside a name that cannot be decoded", "op=view&%zz=pay", "any"],
    ["wanting two things at once", "op=pay&op=refund", "ambiguous_target"],
    ["hidden from a public route", "op=view&Op=edit", "default"],
  ])("is judged both ways when it is %s: ?%s", (_how, query, id) => {
    expect(outcome(policy, `/do?${query}`)).toBe(id);
  });

  it("names the fields that a body must not hold", () => {
    const decisive = (method: string, path: string, headers: Record<string, string>) => {
      const judgement = judgePath(policy, method, path, new Headers(headers));
      return judgement.kind === "route" ? judgement.bodyMustNotName : [];
    };
    expect(decisive("GET", "/do?op=pay", {})).toEqual([]);
    expect(decisive("GET", "/do?op=pay", { "content-type": "text/plain" })).toEqual(["op"]);
    expect(decisive("POST", "/do?op=pay", {})).toEqual(["op"]);
    expect(decisive("POST", "/do?op=refund", {})).toEqual(["op"]);
    expect(decisive("POST", "/do?op=view", {})).toEqual(["op", "debug"]);
    expect(decisive("POST", "/do?op=pay", { "content-length": "0" })).toEqual([]);
    expect(decisive("POST", "/elsewhere", {})).toEqual([]);
  });
});

describe("headers", () => {
  const policy = policyOf([
    stepUp("pay", { headers: { "X-Action": ["pay", "send"] } }),
    { id: "public", match: { path: "/do", headers: { "X-Public": "1" } }, require: "nothing" },
  ]);

  it.each([
    [{ "x-action": "pay" }, "pay"],
    [{ "X-ACTION": "send" }, "pay"],
    [{ "x-action": "view" }, "default"],
    [{}, "default"],
    [{ "x-action": "PAY" }, "pay"],
    [{ "x-action": '"pay"' }, "pay"],
    [{ "x-action": "view, pay" }, "pay"],
    [{ "x-action": "pay;v=1" }, "pay"],
    [{ x_action: "pay" }, "pay"],
    [{ "x.action": "pay" }, "pay"],
    [{ "x-action": "view", x_action: "pay" }, "pay"],
    [{ "x-action": "caf\u00e9" }, "pay"],
    [{ "x-public": "1" }, "public"],
    [{ "x-public": "1, 2" }, "default"],
    [{ "x-public": "1", x_public: "0" }, "default"],
    [{ "x-public": "1", connection: "close, X-Public" }, "default"],
    [{ x_public: "1" }, "default"],
  ])("%j meet %s", (headers, id) => {
    expect(outcome(policy, "/do", headers)).toBe(id);
  });
});

describe("content types", () => {
  const policy = policyOf([
    {
      id: "upload",
      match: { path: "/do", methods: ["POST"], contentTypes: ["image/*"] },
      require: "sign-in",
    },
    stepUp("pay", { contentTypes: ["application/json"] }),
  ]);
  const typed = (type: string | null, method = "POST") =>
    outcome(policy, "/do", type === null ? {} : { "content-type": type }, method);

  it.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    'application/json;x="a b"',
  ])("%s is the sensitive one", (type) => {
    expect(typed(type)).toBe("pay");
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "text/plain; application/json",
    "application/vnd.api+json",
    "application/json, text/plain",
    "application/json;",
    "application/json; charset",
    "json",
    null,
  ])("%j is refused where it is not listed", (type) => {
    expect(typed(type)).toBe("unsupported_content_type");
  });

  it("takes another one that another route lists", () => {
    expect(typed("image/png")).toBe("upload");
    expect(typed("image/png; application/json")).toBe("unsupported_content_type");
  });

  it("are no matter where an earlier route took the request", () => {
    const open = { id: "open", match: { path: "/do" }, require: "nothing" };
    const later = policyOf([open, stepUp("pay", { contentTypes: ["application/json"] })]);
    expect(outcome(later, "/do", { "content-type": "text/plain" }, "POST")).toBe("open");
  });

  it("does not open the route to a request without a body", () => {
    expect(typed(null, "GET")).toBe("pay");
    expect(typed("application/json", "HEAD")).toBe("pay");
  });

  it("names the content types that would do", () => {
    expect(judgePath(policy, "POST", "/do", new Headers({ "content-type": "a/b" }))).toEqual({
      kind: "refused",
      reason: "unsupported_content_type",
      accept: ["application/json"],
    });
  });

  it("still refuses a method that nobody lists", () => {
    expect(outcome(policy, "/do", { "content-type": "application/json" }, "PUT")).toBe("method_not_allowed");
  });
});

describe("requirements of one rank", () => {
  const group = (name: string) => ({ groups: [name] });
  const policy = policyOf([
    { id: "hr", match: { path: "/hr/*" }, require: "sign-in", signIn: group("hr") },
    { id: "ops", match: { path: "/ops/*" }, require: "sign-in", signIn: group("ops") },
    { id: "home", match: { path: "/home" }, require: "sign-in" },
    { id: "pay", match: { path: "/pay", methods: ["GET"] }, require: "step-up", action: "pay" },
  ]);

  it.each([
    ["/hr;/../home", "ambiguous"],
    ["/home;/..%2fhr", "hr"],
    ["/ops;/..%2fhr", "ambiguous_target"],
    ["/pay;/..%2fhr", "ambiguous_target"],
    ["/pay;/..%2fhome", "pay"],
  ])("GET %s meets %s", (path, id) => {
    if (id !== "ambiguous") {
      expect(outcome(policy, path)).toBe(id);
    }
  });
});

// What origins do with a query and headers, written without a look at src/policy.
const FIELD_READERS: Readonly<Record<string, (query: string) => string[]>> = {
  first: (query) => new URLSearchParams(query).getAll("op").slice(0, 1),
  last: (query) => new URLSearchParams(query).getAll("op").slice(-1),
  list: (query) =>
    [...new URLSearchParams(query)].filter(([name]) => /^op\[\d*\]$/.test(name)).map(([, value]) => value),
  "any case": (query) =>
    [...new URLSearchParams(query)].filter(([name]) => name.toLowerCase() === "op").map(([, value]) => value),
  "semicolons part fields": (query) => new URLSearchParams(query.replaceAll(";", "&")).getAll("op"),
  "decodes twice": (query) => {
    try {
      return new URLSearchParams(decodeURIComponent(query)).getAll("op");
    } catch {
      return [];
    }
  },
};
const VALUE_READERS: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => value.trim(),
  (value) => value.toLowerCase(),
  (value) => value.trim().toUpperCase().toLowerCase(),
];

describe("a condition cannot be tricked into less", () => {
  const policy = policyOf(
    [
      { id: "view", match: { path: "/do", query: { op: "view" } }, require: "nothing" },
      stepUp("pay", { query: { op: "pay" } }),
    ],
    "sign-in",
  );
  const piece = fc.constantFrom(
    "op",
    "OP",
    "=",
    "=",
    "&",
    "&",
    ";",
    "pay",
    "Pay",
    "view",
    "%70ay",
    "%2570ay",
    "%6fp",
    "%256fp",
    "[]",
    "[0]",
    "+",
    "%20",
    "%",
    "x",
    "%ff",
    "%26",
    "%3d",
  );

  property(
    "whatever field an origin picks, paying is stepped up, and nothing but viewing is public",
    fc.tuple(
      fc.array(piece, { maxLength: 12 }),
      fc.constantFrom(...Object.keys(FIELD_READERS)),
      fc.nat(VALUE_READERS.length - 1),
    ),
    ([pieces, reader, valueReader]) => {
      const query = pieces.join("");
      const judgement = judgePath(policy, "GET", `/do?${query}`);
      const seen = (FIELD_READERS[reader]?.(query) ?? []).map((value) => VALUE_READERS[valueReader]?.(value));
      if (seen.includes("pay")) {
        expect(
          judgement.kind === "refused" || judgement.requirement === "step-up",
          `${reader} sees ${query}`,
        ).toBe(true);
      } else if (seen.some((value) => value !== "view")) {
        expect(
          judgement.kind === "refused" || judgement.requirement !== "nothing",
          `${reader} sees ${query}`,
        ).toBe(true);
      }
    },
    20_000,
  );

  const guarded = policyOf([
    { id: "open", match: { path: "/do", headers: { "X-Op": "view" } }, require: "nothing" },
    stepUp("pay", { headers: { "X-Op": "pay" } }),
  ]);
  const headerName = fc.constantFrom("x-op", "X-OP", "x_op", "x.op", "connection", "y");
  const headerValue = fc
    .array(fc.constantFrom("pay", "PAY", "view", ",", " ", ";", '"', "x-op", "x"), { maxLength: 5 })
    .map((parts) => parts.join(""));

  property(
    "whatever spelling of a header an origin takes, paying is stepped up",
    fc.array(fc.tuple(headerName, headerValue), { maxLength: 3 }),
    (entries) => {
      const headers = new Headers();
      for (const [name, value] of entries) {
        headers.append(name, value);
      }
      const judgement = judgePath(guarded, "GET", "/do", headers);
      const values = entries
        .filter(([name]) => name.toLowerCase().replace(/[._]/g, "-") === "x-op")
        .flatMap(([, value]) => [value, ...value.split(",")])
        .map((value) => value.trim().toLowerCase());
      if (values.includes("pay")) {
        expect(judgement.kind === "refused" || judgement.requirement === "step-up").toBe(true);
      }
    },
    5000,
  );

  property(
    "a sensitive route takes no content type that it does not list",
    fc.array(
      fc.constantFrom(
        "application/json",
        "text/plain",
        ";",
        ",",
        " ",
        "charset=utf-8",
        "json",
        "+json",
        '"',
        "multipart/form-data",
        "x=y",
      ),
      { maxLength: 6 },
    ),
    (parts) => {
      const type = parts.join("").trim();
      const strict = policyOf([stepUp("pay", { contentTypes: ["application/json"] })], "nothing");
      const judgement = judgePath(strict, "POST", "/do", new Headers({ "content-type": type }));
      expect(judgement.kind === "refused" || judgement.requirement === "step-up").toBe(true);
    },
    2000,
  );

  it("gives up on more doubts than any honest request raises", () => {
    const doubtful = policyOf(
      Array.from({ length: 8 }, (_, index) => ({
        id: `r${index}`,
        match: { path: "/do", query: { [`q${index}`]: "1" } },
        require: "sign-in",
      })),
    );
    const query = Array.from({ length: 8 }, (_, index) => `Q${index}=1`).join("&");
    expect(outcome(doubtful, `/do?${query}`)).toBe("ambiguous_target");
  });
});
