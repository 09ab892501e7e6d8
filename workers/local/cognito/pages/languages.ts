/** The words of the sign-in page in one language. */
export interface Language {
  readonly lang: string;
  readonly signIn: string;
  readonly lead: string;
  readonly username: string;
  readonly password: string;
  readonly forgot: string;
  readonly register: string;
  readonly wrongPassword: string;
  readonly stale: string;
  readonly or: string;
}

const ENGLISH: Language = {
  lang: "en",
  signIn: "Sign in",
  lead: "Sign in to your account.",
  username: "Username",
  password: "Password",
  forgot: "Forgot your password?",
  register: "Create an account",
  wrongPassword: "Incorrect username or password.",
  stale: "This page has been open too long. Please try again.",
  or: "or",
};

/** Four of the languages that managed login's new branding speaks (reference 2.1, `lang`). */
const LANGUAGES: readonly Language[] = [
  ENGLISH,
  {
    lang: "de",
    signIn: "Anmelden",
    lead: "Melden Sie sich bei Ihrem Konto an.",
    username: "Benutzername",
    password: "Passwort",
    forgot: "Passwort vergessen?",
    register: "Konto erstellen",
    wrongPassword: "Benutzername oder Passwort ist falsch.",
    stale: "Diese Seite war zu lange geöffnet. Bitte versuchen Sie es noch einmal.",
    or: "oder",
  },
  {
    lang: "fr",
    signIn: "Se connecter",
    lead: "Connectez-vous à votre compte.",
    username: "Nom d’utilisateur",
    password: "Mot de passe",
    forgot: "Mot de passe oublié ?",
    register: "Créer un compte",
    wrongPassword: "Nom d’utilisateur ou mot de passe incorrect.",
    stale: "Cette page est restée ouverte trop longtemps. Veuillez réessayer.",
    or: "ou",
  },
  {
    lang: "es",
    signIn: "Iniciar sesión",
    lead: "Inicie sesión en su cuenta.",
    username: "Nombre de usuario",
    password: "Contraseña",
    forgot: "¿Olvidó su contraseña?",
    register: "Crear una cuenta",
    wrongPassword: "Nombre de usuario o contraseña incorrectos.",
    stale: "Esta página ha estado abierta demasiado tiempo. Inténtelo de nuevo.",
    or: "o",
  },
];

/** The language with this tag, or English. */
export function languageOf(tag: string): Language {
  const wanted = tag.toLowerCase().split("-", 1)[0];
  return LANGUAGES.find(({ lang }) => lang === wanted) ?? ENGLISH;
}
