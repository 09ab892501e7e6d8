import { KNOWN_NAMES } from "./known-names.ts";
import { valuesOf, type Fields, type Message } from "./http1.ts";
import { statusOf } from "./raw-client.ts";

/** What the two ways of one exchange have in common. */
export interface Exchanged {
  /** The request line's method. */
  readonly method: string;
  readonly publicOrigin: string;
  /** The origin's address. */
  readonly originUrl: string;
  readonly authenticated: boolean;
  /** The `Cookie` lines that the client sent. */
  readonly cookieLines: readonly string[];
}

/** Something that is not the same with the gateway as without it. */
export interface Difference {
  readonly in: "request" | "answer";
  /** As docs/http.md says it: a test looks for these words there. */
  readonly says: string;
  /** What the other side receives without the gateway, made into what it receives with it. */
  readonly apply: (message: Message, exchanged: Exchanged) => Message;
}

const HOP_BY_HOP = /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-connection)$/i;
const FOR_THE_GATEWAY = /^(?:proxy-authorization|expect|http2-settings)$/i;
const KEPT_THOUGH_NOMINATED =
  /^(?:authorization|cache-control|content-encoding|content-length|content-type|cookie|host|set-cookie)$/i;
/** In the one spelling to which a CGI-like server folds every other. */
const CLIENT_MUST_NOT_SAY =
  /^(?:SALLYPORT_.*|X_FORWARDED_.*|X_AUTH_REQUEST_.*|X_AMZN_OIDC_.*|(?:X_)?REMOTE_USER|X_REAL_IP|(?:X_)?CLIENT_IP|TRUE_CLIENT_IP|X_CLUSTER_CLIENT_IP|X_ORIGINATING_IP|X_REMOTE_(?:IP|ADDR)|X_HOST|X_ORIGINAL_(?:HOST|URL|URI|METHOD)|X_HTTP_HOST_OVERRIDE|X_(?:URL_)?SCHEME|FRONT_END_HTTPS|FORWARDED|X_HTTP_METHOD(?:_OVERRIDE)?|X_METHOD_OVERRIDE|X_REWRITE_URL|X_OVERRIDE_URL|X_ORIGINAL_PATH|X_ENVOY_ORIGINAL_PATH|(?:X_)?SCRIPT_NAME|PATH_INFO|EXPECT|HTTP2_SETTINGS|PROXY_AUTHORIZATION|PROXY_CONNECTION)$/;
const ONLY_IN_ITS_OWN_SPELLING =
  /^(?:CF_.*|AUTHORIZATION|CONTENT_(?:ENCODING|LENGTH|TYPE)|COOKIE|HOST|IDEMPOTENCY_KEY|TRANSFER_ENCODING)$/;

/** Every difference, in the order in which they come about. docs/http.md has the same list for people. */
export const DIFFERENCES: readonly Difference[] = [
  {
    in: "request",
    says: "The target is its WHATWG serialisation",
    apply: (message) => {
      const [method, target = "", version] = message.startLine.split(" ");
      const { href, origin } = new URL(`http://any.example${Buffer.from(target, "latin1").toString("utf8")}`);
      return { ...message, startLine: [method, href.slice(origin.length), version].join(" ") };
    },
  },
  {
    in: "request",
    says: "`Host` is the origin's",
    apply: (message, { originUrl }) =>
      withField(
        without(message, (name) => /^host$/i.test(name)),
        "Host",
        new URL(originUrl).host,
      ),
  },
  {
    in: "request",
    says: "What a client must not say is removed in every spelling",
    apply: (message) => {
      const plain = new Set(
        message.fields.map(([name]) => name.toLowerCase()).filter((name) => /^[a-z0-9-]+$/.test(name)),
      );
      return without(message, (name) => {
        const folded = name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
        const isOdd = /[^A-Za-z0-9-]/.test(name);
        return (
          CLIENT_MUST_NOT_SAY.test(folded) ||
          (isOdd &&
            (ONLY_IN_ITS_OWN_SPELLING.test(folded) || plain.has(folded.toLowerCase().replaceAll("_", "-"))))
        );
      });
    },
  },
  {
    in: "request",
    says: "Fields that `Connection` nominates are dropped",
    apply: withoutNominated,
  },
  {
    in: "request",
    says: "`Connection`, `Keep-Alive`, `TE`, `Trailer`, `Transfer-Encoding`, `Upgrade` and `Proxy-Connection` are the connection's own",
    apply: (message) => without(message, (name) => HOP_BY_HOP.test(name)),
  },
  {
    in: "request",
    says: "`Proxy-Authorization`, `Expect` and `HTTP2-Settings` were for the gateway",
    apply: (message) => without(message, (name) => FOR_THE_GATEWAY.test(name)),
  },
  {
    in: "request",
    says: "`Cookie` lines become one, joined by `; `, without Sallyport's own cookies",
    apply: (message) => {
      const pairs = valuesOf(message.fields, "cookie")
        .flatMap((line) => line.split("; "))
        .filter((pair) => !/^__Host-sallyport-/i.test(pair));
      const rest = without(message, (name) => /^cookie$/i.test(name));
      return pairs.length === 0 ? rest : withField(rest, "Cookie", pairs.join("; "));
    },
  },
  {
    in: "request",
    says: "In a `Cookie` that had to be changed, bytes that are not UTF-8 become U+FFFD",
    apply: (message, { cookieLines }) => {
      const isChanged = cookieLines.length > 1 || cookieLines.some((line) => /__Host-sallyport-/i.test(line));
      return isChanged ? mapField(message, "cookie", asUtf8) : message;
    },
  },
  {
    in: "request",
    says: "`X-Forwarded-Host` and `X-Forwarded-Proto` are the public ones",
    apply: (message, { publicOrigin }) => {
      const url = new URL(publicOrigin);
      return withField(
        withField(message, "X-Forwarded-Host", url.host),
        "X-Forwarded-Proto",
        url.protocol.slice(0, -1),
      );
    },
  },
  {
    in: "request",
    says: "The body of a `GET` or `HEAD` is dropped when it is sent in chunks",
    apply: (message, { method }) =>
      message.framing === "chunked" && (method === "GET" || method === "HEAD")
        ? { ...message, body: Buffer.alloc(0), framing: "none" }
        : message,
  },
  {
    in: "request",
    says: "A request without a body says `Content-Length: 0`, but not with `GET` or `HEAD`",
    apply: (message, { method }) => {
      const mayBeBare = method === "GET" || method === "HEAD";
      if (message.body.length > 0 || message.framing === "chunked") {
        return message;
      }
      const rest = without(message, (name) => /^content-length$/i.test(name));
      return mayBeBare
        ? { ...rest, framing: "none" }
        : withField({ ...rest, framing: "length" }, "Content-Length", "0");
    },
  },
  { in: "request", says: "Trailers of a request are dropped", apply: withoutTrailers },
  {
    in: "request",
    says: "Several lines of a field that workerd knows become one, and an empty one is dropped",
    apply: asWorkerdWrites,
  },
  {
    in: "answer",
    says: "Fields that the answer's `Connection` nominates are dropped",
    apply: withoutNominated,
  },
  {
    in: "answer",
    says: "`Connection`, `Keep-Alive`, `TE`, `Trailer`, `Transfer-Encoding`, `Upgrade` of the answer are the connection's own",
    apply: (message) => without(message, (name) => HOP_BY_HOP.test(name) && !/^proxy-/i.test(name)),
  },
  {
    in: "answer",
    says: "A 407's `Proxy-Authenticate` was for the gateway",
    apply: (message) =>
      statusOf(message) === 407 ? without(message, (name) => /^proxy-authenticate$/i.test(name)) : message,
  },
  {
    in: "answer",
    says: "A body that ends with the connection is sent in chunks",
    apply: (message) => (message.framing === "close" ? { ...message, framing: "chunked" } : message),
  },
  {
    in: "answer",
    says: "A 204 and a 304 lose `Content-Length`, unless they answer `HEAD`",
    apply: (message, { method }) =>
      method !== "HEAD" && (statusOf(message) === 204 || statusOf(message) === 304)
        ? without(message, (name) => /^content-length$/i.test(name))
        : message,
  },
  {
    in: "answer",
    says: "A 205 has no content and says `Content-Length: 0`",
    apply: (message) => {
      if (statusOf(message) !== 205) {
        return message;
      }
      const rest = without(message, (name) => /^content-length$/i.test(name));
      return withField({ ...rest, body: Buffer.alloc(0), framing: "length" }, "Content-Length", "0");
    },
  },
  {
    in: "answer",
    says: "A `Location` with the origin's own host names the public origin",
    apply: (message, { publicOrigin, originUrl }) => {
      const { host } = new URL(originUrl);
      const internal = new RegExp(`^(?:https?:)?//${host.replaceAll(".", "\\.")}(?=$|[/?#])`, "i");
      return mapField(message, "location", (value) => value.replace(internal, publicOrigin));
    },
  },
  {
    in: "answer",
    says: "An authenticated answer without `Cache-Control` says `private`",
    apply: (message, { authenticated }) =>
      authenticated && valuesOf(message.fields, "cache-control").every((value) => value === "")
        ? withField(message, "Cache-Control", "private")
        : message,
  },
  { in: "answer", says: "Trailers of an answer are dropped", apply: withoutTrailers },
  {
    in: "answer",
    says: "Several lines of an answer's field that workerd knows become one, but never `Set-Cookie`",
    apply: asWorkerdWrites,
  },
];

const KNOWN = new Set(KNOWN_NAMES.map((name) => name.toLowerCase()));

function asWorkerdWrites(message: Message): Message {
  const names = [...new Set(message.fields.map(([name]) => name.toLowerCase()))];
  const fields = names.flatMap((name): Fields => {
    const values = valuesOf(message.fields, name);
    if (!KNOWN.has(name)) {
      return values.map((value) => [name, value]);
    }
    // An empty line before any other is as if it were not there.
    const joined = values.reduce((before, value) => (before === "" ? value : `${before}, ${value}`), "");
    if (name !== "set-cookie") {
      return joined === "" ? [] : [[name, joined.trimEnd()]];
    }
    const first = values.findIndex((value) => value !== "");
    return first < 0 ? [] : values.slice(first).map((value) => [name, value]);
  });
  return { ...message, fields };
}

/** Applies every difference of one side. */
export function withDifferences(message: Message, side: Difference["in"], exchanged: Exchanged): Message {
  return DIFFERENCES.filter((difference) => difference.in === side).reduce(
    (changed, difference) => difference.apply(changed, exchanged),
    message,
  );
}

/**
 * What two messages are compared by. Names have no case and, between different names, no order; the lines of one name
 * have theirs.
 */
export function comparable(message: Message): unknown {
  const names = [...new Set(message.fields.map(([name]) => name.toLowerCase()))].toSorted();
  // How the body is framed is compared as such, and each connection is its own.
  return {
    startLine: message.startLine,
    fields: names
      .filter((name) => name !== "transfer-encoding" && name !== "connection")
      .map((name) => [name, valuesOf(message.fields, name)]),
    body: message.body.toString("base64"),
    trailers: message.trailers,
    framing: message.framing,
    complete: message.complete,
  };
}

function withoutNominated(message: Message): Message {
  const nominated = new Set(
    valuesOf(message.fields, "connection")
      .flatMap((value) => value.toLowerCase().split(","))
      .map((option) => option.trim()),
  );
  return without(message, (name) => nominated.has(name.toLowerCase()) && !KEPT_THOUGH_NOMINATED.test(name));
}

/** Latin-1 of the bytes that remain when a text is read as UTF-8 and written again. */
function asUtf8(latin1: string): string {
  return Buffer.from(Buffer.from(latin1, "latin1").toString("utf8"), "utf8").toString("latin1");
}

function withoutTrailers(message: Message): Message {
  return { ...message, trailers: [] };
}

function without(message: Message, isDropped: (name: string) => boolean): Message {
  return { ...message, fields: message.fields.filter(([name]) => !isDropped(name)) };
}

function withField(message: Message, name: string, value: string): Message {
  const fields: Fields = [...message.fields, [name, value]];
  return { ...message, fields };
}

function mapField(message: Message, name: string, change: (value: string) => string): Message {
  const fields = message.fields.map(
    ([key, value]) => [key, key.toLowerCase() === name ? change(value) : value] as const,
  );
  return { ...message, fields };
}
