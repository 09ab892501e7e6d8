import type { Context } from "hono";
import type { Pool } from "../pool.ts";
import { type Language, languageOf } from "../pages/languages.ts";
import type { Html } from "../pages/layout.ts";
import type { User } from "../users.ts";
import { type AuthorizeRequest, readAuthorizeRequest } from "./authorize-request.ts";
import { csrfTokenFor, isFromOurForm } from "./csrf.ts";
import { refused } from "./refused.ts";

/** What every form of managed login is shown with. */
export interface FormView {
  /** The parameters of the authorize request, with the question mark. */
  readonly search: string;
  readonly csrfToken: string;
  readonly language: Language;
  /** What was wrong with the submission before. */
  readonly error?: string;
  /** What was typed before, without passwords. */
  readonly typed: URLSearchParams;
}

/** A page with one form. */
export interface FormPage {
  view(view: FormView, request: AuthorizeRequest): Html;
  /** Takes a submission: an address to go to, or what is wrong with it. */
  submit(
    c: Context,
    fields: URLSearchParams,
    request: AuthorizeRequest,
  ): Promise<{ readonly location: string } | { readonly error: string }>;
}

/** Serves the form of a page; the authorize request in its address must be good. */
export function showForm(c: Context, pool: Pool, page: FormPage): Response | Promise<Response> {
  const request = readAuthorizeRequest(pool, new URL(c.req.url).searchParams);
  const typed = new URLSearchParams({ username: new URL(c.req.url).searchParams.get("username") ?? "" });
  return "kind" in request ? refused(c, request) : render(c, page, request, typed);
}

/** Takes a submission of a page's form. */
export async function takeForm(c: Context, pool: Pool, page: FormPage): Promise<Response> {
  const request = readAuthorizeRequest(pool, new URL(c.req.url).searchParams);
  if ("kind" in request) {
    return refused(c, request);
  }
  const fields = new URLSearchParams(await c.req.text());
  if (!isFromOurForm(c, fields)) {
    const { stale } = languageOf(request.lang);
    return render(c, page, request, fields, stale, 403);
  }
  const outcome = await page.submit(c, fields, request);
  return "location" in outcome
    ? c.redirect(outcome.location, 302)
    : render(c, page, request, fields, outcome.error, 400);
}

/** Another form page of the same authorize request, for this user. */
export function pageFor(c: Context, path: string, { username }: Pick<User, "username">): string {
  const params = new URL(c.req.url).searchParams;
  params.set("username", username);
  return `${path}?${params.toString()}`;
}

/** Shows the form, by itself or with what was wrong. */
export function render(
  c: Context,
  page: FormPage,
  request: AuthorizeRequest,
  typed: URLSearchParams,
  error?: string,
  status: 200 | 400 | 403 = 200,
): Response | Promise<Response> {
  const view: FormView = {
    search: new URL(c.req.url).search,
    csrfToken: csrfTokenFor(c),
    language: languageOf(request.lang),
    typed,
    ...(error === undefined ? {} : { error }),
  };
  return c.html(page.view(view, request), status);
}
