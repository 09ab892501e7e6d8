import type { Method } from "../model.ts";

/** How the address of an enrolment page names a method, and what the choice says about it. */
const ENROLMENTS: Readonly<Record<Method, { readonly slug: string; readonly text: string }>> = {
  PASSKEY: { slug: "passkey", text: "Fingerprint, face or screen lock" },
  EMAIL_OTP: { slug: "email", text: "We send you six digits" },
  SMS: { slug: "sms", text: "We text you six digits" },
  WHATSAPP: { slug: "whatsapp", text: "We send you six digits on WhatsApp" },
  EMAIL_MAGIC_LINK: { slug: "link", text: "We send you a link to open" },
  AUTHENTICATOR_APP: { slug: "app", text: "An app on your phone shows six digits" },
  PUSH: { slug: "push", text: "You approve on your phone" },
  QR_CODE: { slug: "qr", text: "You scan a code with your phone" },
  SECURITY_KEY: { slug: "key", text: "A key that you plug in or tap" },
};

/** The name of a method in an address. */
export const slugOf = (method: Method): string => ENROLMENTS[method].slug;

/** What the choice of methods says below the name. */
export const enrolmentText = (method: Method): string => ENROLMENTS[method].text;

/** The method of an address, if it is one of these. */
export function methodOf(slug: string | undefined, among: readonly Method[]): Method | undefined {
  return among.find((method) => ENROLMENTS[method].slug === slug);
}
