import { html } from "hono/html";
import type { Html } from "./layout.ts";

/** What is wrong with which field. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** A labelled input, marked and explained when the problem is about it. `attributes` is trusted markup. */
export function field(options: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly attributes?: Html;
  readonly prefix?: string;
  readonly problem: FieldProblem | undefined;
}): Html {
  const { name, hint, prefix } = options;
  const problem = options.problem?.field === name ? options.problem.message : undefined;
  const descriptions = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(problem === undefined ? [] : [`${name}-error`]),
  ];
  return html`<div class="field">
    <label for="${name}">${options.label}</label>
    ${hint === undefined ? "" : html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${problem === undefined ? "" : html`<p class="error" id="${name}-error">${problem}</p>`}
    <div class="input">
      ${prefix === undefined ? "" : html`<span aria-hidden="true">${prefix}</span>`}
      <input
        id="${name}"
        name="${name}"
        value="${options.value}"
        ${options.attributes ?? ""}
        ${descriptions.length === 0 ? "" : html`aria-describedby="${descriptions.join(" ")}"`}
        ${problem === undefined ? "" : html`aria-invalid="true"`}
      />
    </div>
  </div>`;
}

/** The notice above a form that was not accepted. */
export function problemNotice(problem: FieldProblem | undefined): Html {
  return problem === undefined
    ? html``
    : html`<p class="notice bad" role="alert">
        <strong>Not accepted.</strong> Please correct the marked field.
      </p>`;
}
