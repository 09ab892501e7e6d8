import { decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import type { JWK } from "jose";
import { randomBytes, randomUUID } from "node:crypto";
import { BoundedMap } from "./bounded-map.ts";
import { MAX_REMEMBERED_SESSIONS } from "./choices.ts";
import type { Method, User } from "./model.ts";
import { SESSION_ALGORITHM, SessionKeys } from "./session-keys.ts";
import type { AppClient } from "./tenant.ts";

/** A session of a user in an app. Each refresh replaces its two tokens. */
export interface Session {
  readonly sessionId: string;
  readonly userId: string;
  readonly clientId: string;
  readonly verificationMethod: Method | undefined;
  /** The `jti` of the access token that counts. */
  tokenId: string;
  refreshToken: string;
  accessExpiresAtMs: number;
  refreshExpiresAtMs: number;
}

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface SessionSettings {
  readonly nowMs: () => number;
  /** `{serverApi}/client/public/{tenantId}` (reference 2.9). */
  readonly issuer: () => string;
}

/** Sessions and their RS256 tokens. A session that ended is forgotten, and so its tokens count no more. */
export class Sessions {
  readonly keys = new SessionKeys();
  readonly #sessions = new BoundedMap<Session>(MAX_REMEMBERED_SESSIONS);
  readonly #settings: SessionSettings;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  get issuer(): string {
    return this.#settings.issuer();
  }

  /** Begins a session. */
  async create(user: User, client: AppClient, verificationMethod: Method | undefined): Promise<TokenPair> {
    const session: Session = {
      sessionId: randomUUID(),
      userId: user.userId,
      clientId: client.clientId,
      verificationMethod,
      ...this.#fresh(client),
    };
    this.#sessions.set(session.sessionId, session);
    return this.#tokensOf(session, user);
  }

  /** The session of an access token that is well signed, not expired and not revoked. */
  async read(accessToken: string): Promise<Session | undefined> {
    try {
      const { kid } = decodeProtectedHeader(accessToken);
      const key = await this.keys.verifying(kid);
      if (key === undefined) {
        return undefined;
      }
      const { payload } = await jwtVerify(accessToken, key, {
        algorithms: [SESSION_ALGORITHM],
        issuer: this.issuer,
        currentDate: new Date(this.#settings.nowMs()),
        requiredClaims: ["exp", "sub", "aud", "jti"],
      });
      const session = this.#sessions.get(String(payload["sid"]));
      return session?.tokenId === payload.jti ? session : undefined;
    } catch {
      return undefined;
    }
  }

  /** The session whose newest refresh token this is, while that works. */
  byRefreshToken(refreshToken: string): Session | undefined {
    const session = this.#sessions.get(refreshToken.split(".")[0] ?? "");
    return session?.refreshToken === refreshToken && session.refreshExpiresAtMs > this.#settings.nowMs()
      ? session
      : undefined;
  }

  /** Replaces both tokens of a session; the ones before count no more. */
  refresh(session: Session, user: User, client: AppClient): Promise<TokenPair> {
    Object.assign(session, this.#fresh(client));
    return this.#tokensOf(session, user);
  }

  revoke({ sessionId }: Session): void {
    this.#sessions.delete(sessionId);
  }

  /** Ends every session of a user, but for one that is named. */
  revokeAllOf(userId: string, except?: Session): void {
    for (const session of this.#sessions.values()) {
      if (session.userId === userId && session !== except) {
        this.revoke(session);
      }
    }
  }

  clear(): void {
    this.#sessions.clear();
  }

  async save(): Promise<{ sessions: readonly Session[]; keys: readonly JWK[] }> {
    return { sessions: this.#sessions.values(), keys: await this.keys.save() };
  }

  load({ sessions, keys }: { sessions: readonly Session[]; keys: readonly JWK[] }): void {
    this.clear();
    for (const session of sessions) {
      this.#sessions.set(session.sessionId, session);
    }
    this.keys.load(keys);
  }

  #fresh(
    client: AppClient,
  ): Pick<Session, "tokenId" | "refreshToken" | "accessExpiresAtMs" | "refreshExpiresAtMs"> {
    const nowMs = this.#settings.nowMs();
    return {
      tokenId: randomUUID(),
      refreshToken: "",
      accessExpiresAtMs: nowMs + client.accessTokenDurationInMinutes * 60_000,
      refreshExpiresAtMs: nowMs + client.refreshTokenDurationInMinutes * 60_000,
    };
  }

  async #tokensOf(session: Session, user: User): Promise<TokenPair> {
    // It begins with the session's id, so that the session is found without an index of its own.
    session.refreshToken = `${session.sessionId}.${randomBytes(32).toString("base64url")}`;
    const { refreshToken } = session;
    const { tokenId, clientId, sessionId, accessExpiresAtMs } = session;
    const { kid, key } = await this.keys.signing();
    const accessToken = await new SignJWT({
      sid: sessionId,
      ...(user.email === undefined ? {} : { email: user.email }),
    })
      .setProtectedHeader({ alg: SESSION_ALGORITHM, kid, typ: "JWT" })
      .setIssuer(this.issuer)
      .setAudience(clientId)
      .setSubject(user.userId)
      .setJti(tokenId)
      .setIssuedAt(Math.floor(this.#settings.nowMs() / 1000))
      .setExpirationTime(Math.floor(accessExpiresAtMs / 1000))
      .sign(key);
    return { accessToken, refreshToken };
  }
}
