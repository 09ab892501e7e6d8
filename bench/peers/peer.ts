import type { Server } from "../measure.ts";

/** What a peer is set up with: the gateway's origin, pool key and promises of a token. */
export interface PeerSetting {
  readonly originUrl: string;
  /** The pool's one public key: as a JWKS document and as SubjectPublicKeyInfo in PEM. */
  readonly jwks: string;
  readonly publicKeyPem: string;
  readonly issuer: string;
  readonly clientId: string;
  /** A folder of its own, empty, that goes afterwards. */
  readonly folder: string;
}

export interface RunningPeer extends Server {
  stop(): Promise<void>;
}

/** A proxy that is measured beside the gateway. */
export interface Peer {
  readonly name: string;
  /** Whether it can refuse a token itself. */
  readonly verifies: boolean;
  /** What a reader of its row must know. */
  readonly remark: string;
  /** Starts it, or says that it is not installed. */
  start(setting: PeerSetting): Promise<RunningPeer | "not installed">;
}
