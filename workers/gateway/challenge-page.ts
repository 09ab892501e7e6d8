import type { Page } from "../../src/http/page.ts";
import type { ChallengeView } from "../../src/ledger/port.ts";
import { ENROLMENT_SIGN_IN_SECONDS } from "../../src/stepup/decide.ts";
import {
  approvePage,
  donePage,
  enrolledPage,
  enrolPage,
  expiredPage,
  notDonePage,
  returnToAppPage,
  reviewPage,
  signInFirstPage,
  uncertainPage,
} from "../../src/stepup/pages.ts";
import { refreshSeconds } from "../../src/stepup/review.ts";
import { openWay } from "../../src/stepup/sealed.ts";
import { adviceOf, routeOf } from "./challenge-state.ts";
import type { Exchange } from "./exchange.ts";
import type { Own } from "./start-over.ts";

/** The page of a challenge in each of its states, but the one that resumes by itself. */
export async function pageOf(exchange: Exchange, { authenticated, challenge }: Own): Promise<Page> {
  const { gateway } = exchange;
  switch (challenge.state) {
    case "opening":
    case "pending": {
      const { principal } = authenticated;
      const way =
        challenge.way === undefined
          ? undefined
          : await openWay(gateway.keyring, principal.sub, challenge.id, challenge.way);
      if (way === undefined) {
        return expiredPage(challenge);
      }
      if (challenge.kind === "review") {
        return reviewPage(challenge, refreshSeconds(challenge, gateway.nowMs()));
      }
      if (challenge.kind === "step-up") {
        return approvePage(challenge, way.url);
      }
      const ageSeconds = Math.floor(gateway.nowMs() / 1000) - principal.authTimeSeconds;
      return ageSeconds < ENROLMENT_SIGN_IN_SECONDS
        ? enrolPage(challenge, way.url)
        : signInFirstPage(challenge, freshSignInUrl(challenge));
    }
    case "succeeded":
      return challenge.kind === "enrolment" && challenge.hasKept
        ? enrolledPage(challenge)
        : returnToAppPage();
    case "consumed":
    case "delivered":
      return donePage(challenge);
    case "uncertain":
      return uncertainPage(challenge);
    case "cancelled":
    case "failed":
      return notDonePage(challenge, adviceOf(challenge.failure, routeOf(exchange, challenge)));
    case "expired":
    case "superseded":
      return expiredPage(challenge);
  }
}

function freshSignInUrl({ id }: ChallengeView): string {
  const query = new URLSearchParams({
    return_to: `/.sallyport/challenges/${id}`,
    prompt: "login",
    challenge: id,
  });
  return `/.sallyport/sign-in?${query.toString()}`;
}
