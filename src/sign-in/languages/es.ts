import type { Messages } from "../messages.ts";

export const SPANISH: Messages = {
  language: "Español",
  title: (app) => (app === undefined ? "Iniciar sesión" : `Iniciar sesión en ${app}`),
  username: "Usuario o correo electrónico",
  password: "Contraseña",
  submit: "Iniciar sesión",
  continue: "Continuar",
  whatNext:
    "Después comprobaremos que eres tú: con una llave de acceso, un código o lo que tengas configurado.",
  languages: "Idioma",
  reference: (code, id) => `Para el soporte: ${code}, solicitud ${id}`,
  protectedBy: "Protegido por Sallyport",
  problems: {
    credentials_refused: "Los datos no coinciden. Revisa lo que has escrito e inténtalo de nuevo.",
    sign_in_expired: "Ha pasado demasiado tiempo y lo hemos detenido por seguridad. Inicia sesión de nuevo.",
    challenge_refused: "La comprobación se abandonó o no se superó. No se ha iniciado ninguna sesión.",
    sign_in_throttled: "Ha habido demasiados intentos. Espera un momento y vuelve a intentarlo.",
    sign_in_unavailable: "Ahora mismo no es posible iniciar sesión. Inténtalo de nuevo en breve.",
    sign_in_failed:
      "Este inicio de sesión no empezó en este navegador, o empezó hace demasiado tiempo. Inicia sesión de nuevo.",
    session_revoked: "Tu última sesión se ha cerrado. Inicia sesión de nuevo.",
    blocked: "Este inicio de sesión se ha bloqueado. Si crees que es un error, contacta con el soporte.",
    review_required: "Este inicio de sesión debe revisarse antes de continuar. Contacta con el soporte.",
    enrolment_required:
      "Tu cuenta no tiene configurada una segunda comprobación, y es necesaria. Contacta con el soporte.",
    cross_site: "Este formulario se envió desde otro sitio. Inicia sesión aquí.",
  },
};
