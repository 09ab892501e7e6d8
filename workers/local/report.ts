import { TRIGGER_CLIENTS } from "./lambda/local-triggers.ts";
import { SEED_USERS } from "./seed.ts";
import type { World } from "./world.ts";

/** The start-up table: where everything is, who can sign in, and three things to try. */
export function describeWorld(world: World): string {
  const rows: readonly (readonly [string, string, string])[] = [
    [
      world.bank === undefined ? "Your app" : "The bank",
      world.appUrl,
      `through the gateway (the app alone: ${world.originUrl})`,
    ],
    ["Authsignal", world.authsignal.publicUrl, "dashboard: rules, activity, users, webhooks"],
    ["Inbox", `${world.authsignal.publicUrl}/inbox`, "the codes that would be e-mailed"],
    ["Cognito", world.cognito.publicDomain, "managed login: the app sends people there"],
    ["Webhooks", world.webhooksUrl, "where Authsignal delivers events"],
    ["Alerts", world.alertsUrl, "what the policy's reactions raise"],
    [
      "Admin key",
      world.adminKey,
      `as SALLYPORT_ADMIN_KEY for npx sallyport sessions, forget --gateway ${world.gatewayUrl}`,
    ],
    ["Policies", world.policiesUrl, `npx sallyport policy push FILE --local ${world.policiesUrl}`],
    ...(world.triggers === undefined
      ? []
      : [["Triggers", world.triggers.url, "the bundles of dist/lambda, as Cognito calls them"] as const]),
  ];
  const people = SEED_USERS.map(({ username, password, note }) => [username, password, note] as const);
  const address = world.originUrl;
  return `
Sallyport's local world is up. Nothing leaves this machine.

${columns(rows)}

People

${columns(people)}

To be someone else, sign out at ${world.appUrl}/.sallyport/sign-out

Try this

${world.bank === undefined ? tryYourApp(world, address) : tryTheBank(world)}

Ctrl-C ends everything.
`;
}

function tryTheBank(world: World): string {
  return `  1. Open ${world.appUrl}, sign in as alice, and transfer 50: it goes through.
  2. Transfer 1500: confirm it with the code from the inbox. It is done once, with what you typed.
  3. In Authsignal's dashboard, under Rules, change 1000 to 500 at "Large transfer" and save it there,
     then transfer 600. Under Users delete alice's authenticator: her next click asks for a new sign-in.`;
}

function tryYourApp(world: World, address: string): string {
  return `  1. Open ${world.appUrl} and sign in as alice: she comes to ${address} through the gateway.
  2. Write a policy for your routes, and start again with --policy FILE (README, "The policy").
  3. In Authsignal's dashboard, under Rules, write the rules of the actions that your policy names.`;
}

/** The same for programs: one line. Its form is a promise (README, "For programs"). */
export function worldAsJson(world: World): string {
  return JSON.stringify({
    gateway: world.gatewayUrl,
    webhooks: world.webhooksUrl,
    authsignal: world.authsignal.url,
    authsignalSecret: world.authsignalSecret,
    adminKey: world.adminKey,
    cognito: {
      issuer: world.cognito.issuer,
      jwks: world.cognito.jwks,
      api: world.cognito.api,
      domain: world.cognito.domain,
      clientId: world.clientId,
      userPoolId: world.userPoolId,
    },
    origin: world.originUrl,
    users: SEED_USERS.map(({ username, password, sub, authenticators }) => ({
      username,
      password,
      sub,
      enrolled: authenticators.length > 0,
    })),
    alerts: world.alertsUrl,
    ...(world.triggers === undefined
      ? {}
      : { triggers: { url: world.triggers.url, clients: TRIGGER_CLIENTS } }),
  });
}

function columns(rows: readonly (readonly [string, string, string])[]): string {
  const width = (index: 0 | 1) => Math.max(...rows.map((row) => row[index].length));
  const [first, second] = [width(0), width(1)];
  return rows.map(([a, b, c]) => `  ${a.padEnd(first)}  ${b.padEnd(second)}  ${c}`).join("\n");
}
