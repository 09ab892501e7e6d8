import { html } from "../../src/http/html.ts";
import { isNavigation } from "../../src/http/navigation.ts";
import { renderPage } from "../../src/http/page.ts";
import type { AttributeProblem } from "../../src/policy/attributes.ts";
import type { StepUpRoute } from "../../src/policy/schema.ts";
import { recordAnswer, refuse, type Exchange } from "./exchange.ts";

/**
 * Refuses a request whose values cannot be read in one way. A person who typed `1,500` is told what to correct, by
 * the name the page gave the field; a program is told the attribute and the reason. Neither is told a value.
 */
export function refuseAttribute(exchange: Exchange, route: StepUpRoute, problem: AttributeProblem): Response {
  const { request, requestId } = exchange;
  if (problem.reason === "unsupported_content_type") {
    return refuse(request, requestId, "unsupported_content_type", {
      detail:
        "Send application/x-www-form-urlencoded or application/json in UTF-8, or multipart/form-data where the policy reads that.",
    });
  }
  if (!("attribute" in problem) || !isNavigation(request.method, request.headers)) {
    const what = "attribute" in problem ? `${problem.attribute}: ${problem.reason}` : problem.reason;
    return refuse(request, requestId, "attribute_refused", { detail: `The request was refused: ${what}.` });
  }
  recordAnswer(requestId, "attribute_refused");
  return renderPage({
    title: "Please check what you entered",
    tone: "care",
    status: 400,
    headers: { "Sallyport-Request-Id": requestId },
    body: html`<p>${sentence(route, problem.attribute, problem.reason)}</p>
      <p>Use your browser's Back button to correct it. Nothing was sent to the app.</p>
      <p class="soft">For support: <code>attribute_refused</code>, request <code>${requestId}</code></p>`,
  });
}

function sentence(
  route: StepUpRoute,
  attribute: string,
  reason: Extract<AttributeProblem, { attribute: string }>["reason"],
): string {
  const name = route.summary.find((line) => line.attribute === attribute)?.label ?? attribute;
  switch (reason) {
    case "missing":
      return `“${name}” is missing.`;
    case "wrong_type":
      return route.attributes[attribute]?.type === "number"
        ? `“${name}” must be a plain number, such as 1500 or 12.50.`
        : `“${name}” cannot be read.`;
    case "out_of_range":
      return `“${name}” is outside of what is allowed.`;
    case "too_long":
      return `“${name}” is too long.`;
    case "ambiguous":
      return `“${name}” can be read in more than one way.`;
  }
}
