import type { CompiledRoute, Policy } from "../policy/parse.ts";
import { samplePath } from "../policy/pattern-sets.ts";
import type { Command } from "./command.ts";
import { decisionOf } from "./decision.ts";
import { readOptions } from "./options.ts";
import { readText, readValidPolicy } from "./policy-file.ts";
import { requestsOfTable } from "./policy-test.ts";
import { requestOf, type Request } from "./request.ts";

const help = `Says which requests a new policy would decide differently.

Usage: sallyport policy diff OLD NEW [--requests FILE] [--json]

  OLD NEW            two policies
  --requests FILE    requests to compare: a table of "policy test", or one "METHOD URL" a line,
                     such as an access log cut down to that

A request that every route of either policy matches is always compared as well. To compare with
real traffic, push the new one with --shadow: the record then names each difference.

Exit code: 0 no difference, 1 some, 2 a file cannot be read.`;

/** `sallyport policy diff`. */
export const diff: Command = {
  summary: "which requests a new policy would decide differently",
  help,
  async run(args) {
    const { options, positionals } = readOptions(args, { requests: "text" }, ["OLD", "NEW"]);
    const [older = "", newer = ""] = positionals;
    const [before, after] = [await readValidPolicy(older), await readValidPolicy(newer)];
    const listed = options.requests === undefined ? [] : await listedRequests(options.requests);
    const sampled = [before.policy, after.policy].flatMap(samplesOf);
    const seen = new Set<string>();
    const requests = [...listed, ...sampled].filter((request) => {
      const name = JSON.stringify([request.method, request.url, [...request.headers]]);
      const isNew = !seen.has(name);
      seen.add(name);
      return isNew;
    });
    const differences = requests.flatMap((request) => {
      const [was, is] = [before, after].map(({ policy }) => decisionOf(policy, request, null));
      const isSame = was?.full === is?.full;
      return isSame
        ? []
        : [{ request: `${request.method} ${request.url}`, before: was?.full, after: is?.full }];
    });
    const lines = differences.map((one) => `${one.request}\n    ${one.before}  ->  ${one.after}`);
    return {
      code: differences.length === 0 ? 0 : 1,
      text: [
        ...lines,
        `${requests.length} requests compared, ${differences.length} decided differently.`,
      ].join("\n"),
      json: { compared: requests.length, differences },
    };
  },
};

async function listedRequests(file: string): Promise<readonly Request[]> {
  const text = await readText(file);
  if (/^\s*(?:\{|\/[/*])/.test(text)) {
    return requestsOfTable(file);
  }
  return [...text.matchAll(/^\s*"?([A-Z]{3,12}) (\/\S*|https?:\/\/[^\s"]+)/gm)].map(
    ([, method = "", url = ""]) => requestOf(method, url, {}, null),
  );
}

function samplesOf(policy: Policy): readonly Request[] {
  const { routes } = policy.whole ?? policy;
  return [requestOf("GET", "/", {}, null), ...routes.flatMap(sampleOf)];
}

/** One request for each method of a route, which meets its conditions. */
function sampleOf({ pattern, methods, definition }: CompiledRoute): readonly Request[] {
  const { query = {}, headers = {}, hosts = [], contentTypes = [] } = definition.match;
  const one = (values: string | readonly string[]) => [values].flat()[0] ?? "";
  const sample = (value: string) => (value === "*" ? "1" : value);
  const search = Object.entries(query).map(
    ([name, values]) => `${encodeURIComponent(name)}=${encodeURIComponent(sample(one(values)))}`,
  );
  const host = hosts[0] === undefined ? "" : `https://${hosts[0]}`;
  const url = host + samplePath(pattern) + (search.length === 0 ? "" : `?${search.join("&")}`);
  const sent = Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [name, sample(one(values))]),
  );
  const type = contentTypes[0]?.replace("/*", "/x");
  return [...(methods ?? ["GET", "POST"])].map((method) =>
    requestOf(method, url, type === undefined ? sent : { ...sent, "content-type": type }, null),
  );
}
