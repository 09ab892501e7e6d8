const MIN_LENGTH = 8;
const MAX_LENGTH = 256;

/** The default password policy of a user pool, in the order in which Cognito complains. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^.{${MIN_LENGTH},}$`, "su"), "Password not long enough"],
  [new RegExp(`^.{0,${MAX_LENGTH}}$`, "su"), "Password is too long"],
  [/[a-z]/, "Password must have lowercase characters"],
  [/[A-Z]/, "Password must have uppercase characters"],
  [/\d/, "Password must have numeric characters"],
  [/[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/, "Password must have symbol characters"],
];

/** The message of `InvalidPasswordException` for this password, if it is not good enough. */
export function passwordProblem(password: string): string | undefined {
  const broken = RULES.find(([rule]) => !rule.test(password));
  return broken === undefined ? undefined : `Password did not conform with policy: ${broken[1]}`;
}
