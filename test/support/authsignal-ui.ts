import { Authsignal } from "@authsignal/node";
import type { SeedUser } from "../../workers/local/seed.ts";
import { click, open, submit } from "../wire/local/authsignal/browser.ts";
import { newestCode, type World as StandInWorld } from "../wire/local/authsignal/harness.ts";
import type { WatchedWorld } from "./watched-world.ts";

/** Passes a challenge by e-mail code in the stand-in's own pages, and gives the URL that it leads back to. */
export async function completeInUi(
  world: WatchedWorld,
  challengeUrl: string,
  user: SeedUser,
): Promise<{ readonly back: URL; readonly token: string }> {
  const standIn = standInOf(world);
  const opened = await open(standIn, challengeUrl);
  // Who has more than one authenticator chooses first.
  const chosen = opened.forms.some(({ action }) => action === "/challenge/send")
    ? opened
    : await click(standIn, opened, "E-mail code");
  const sent = await submit(standIn, chosen, "/challenge/send");
  const code = await newestCode(standIn, user.email);
  // Six digits may stand in a log by chance, but not quoted.
  world.confide(`"${code}"`);
  return wayBack(world, await submit(standIn, sent, "/challenge/verify", { code }));
}

/** Passes a challenge by the code of an authenticator app. */
export async function completeByAppInUi(
  world: WatchedWorld,
  challengeUrl: string,
  user: SeedUser,
): Promise<{ readonly back: URL; readonly token: string }> {
  const standIn = standInOf(world);
  const opened = await open(standIn, challengeUrl);
  const isChoice = !opened.forms.some(({ action }) => action === "/challenge/verify");
  const chosen = isChoice ? await click(standIn, opened, "Authenticator app") : opened;
  const answer = await fetch(`${world.authsignal.url}/control/users/${user.sub}/totp`);
  const [app] = (await answer.json()) as { code: string }[]; // the stand-in's documented shape
  return wayBack(world, await submit(standIn, chosen, "/challenge/verify", { code: app?.code ?? "" }));
}

/** Leaves a challenge without completing it. */
export async function leaveUi(
  world: WatchedWorld,
  challengeUrl: string,
): Promise<{ readonly back: URL; readonly token: string }> {
  const standIn = standInOf(world);
  return wayBack(world, await submit(standIn, await open(standIn, challengeUrl), "/challenge/leave"));
}

/** Enrols the user's own e-mail address. */
export async function enrolInUi(
  world: WatchedWorld,
  enrolmentUrl: string,
  user: SeedUser,
): Promise<{ readonly back: URL; readonly token: string }> {
  const standIn = standInOf(world);
  const { email } = user;
  const offered = new URL(enrolmentUrl);
  offered.searchParams.set("enrol", "email");
  const asked = await submit(standIn, await open(standIn, offered.href), "/challenge/enrol/send", { email });
  const code = await newestCode(standIn, email);
  return wayBack(world, await submit(standIn, asked, "/challenge/enrol/verify", { code }));
}

function wayBack(world: WatchedWorld, page: Awaited<ReturnType<typeof open>>) {
  const token = page.leftTo?.searchParams.get("token") ?? undefined;
  if (page.leftTo === undefined || token === undefined) {
    throw new Error(`the challenge did not lead back: ${page.text}`);
  }
  world.confide(token);
  return { back: page.leftTo, token };
}

function standInOf(world: WatchedWorld): StandInWorld {
  return {
    standIn: world.authsignal,
    sdk: new Authsignal({ apiSecretKey: world.authsignalSecret, apiUrl: `${world.authsignal.url}/v1` }),
    passTime: () => undefined,
  };
}
