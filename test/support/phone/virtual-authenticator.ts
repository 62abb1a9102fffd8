import type { CDPSession } from 'puppeteer-core';
import type { Tab } from '../browser-tab.ts';

/**
 * The platform authenticator (fingerprint, face, PIN) of a Chromium phone, by CDP's WebAuthn domain. It belongs to one
 * page; another page of the same phone gets its own, with the credentials copied. A page without one must not ask:
 * headless Chromium then ends.
 */
export class VirtualAuthenticator {
  private readonly session: CDPSession;
  private readonly id: string;

  private constructor(session: CDPSession, id: string) {
    this.session = session;
    this.id = id;
  }

  /**
   * Its person is there and verified, until told otherwise.
   *
   * @param kind.roaming a security key on USB instead of the browser's own device.
   * @param kind.keepsNone it finds no credential by itself, and verifies nobody.
   */
  static async on(
    tab: Tab,
    kind: { readonly roaming?: boolean; readonly keepsNone?: boolean } = {},
  ): Promise<VirtualAuthenticator> {
    const { roaming = false, keepsNone = false } = kind;
    const session = await tab.page.createCDPSession();
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: roaming ? 'usb' : 'internal',
        hasResidentKey: !keepsNone,
        hasUserVerification: !keepsNone,
        isUserVerified: !keepsNone,
        automaticPresenceSimulation: true,
      },
    });
    return new VirtualAuthenticator(session, authenticatorId);
  }

  /** Whether the finger is the right one: else `NotAllowedError` where verification is required. */
  async verifiesUser(isUserVerified: boolean): Promise<void> {
    await this.session.send('WebAuthn.setUserVerified', { authenticatorId: this.id, isUserVerified });
  }

  /** Whether anybody touches it: else the page's question stays open. */
  async isTouched(enabled: boolean): Promise<void> {
    await this.session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.id, enabled });
  }

  /** Lies in its answers: without the bit for user verification, or with a signature that does not verify. */
  async lies(how: { badUv?: boolean; bogusSignature?: boolean }): Promise<void> {
    await this.session.send('WebAuthn.setResponseOverrideBits', {
      authenticatorId: this.id,
      isBadUV: how.badUv ?? false,
      isBogusSignature: how.bogusSignature ?? false,
    });
  }

  /** Taken out of the machine. */
  async remove(): Promise<void> {
    await this.session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.id });
  }

  async credentials() {
    const { credentials } = await this.session.send('WebAuthn.getCredentials', { authenticatorId: this.id });
    return credentials;
  }

  /** As a restored phone: the page's key is there, the credential is not. */
  async forget(): Promise<void> {
    await this.session.send('WebAuthn.clearCredentials', { authenticatorId: this.id });
  }

  async copyTo(other: VirtualAuthenticator): Promise<void> {
    const there = new Set((await other.credentials()).map(({ credentialId }) => credentialId));
    for (const credential of await this.credentials()) {
      if (there.has(credential.credentialId)) continue;
      await other.session.send('WebAuthn.addCredential', { authenticatorId: other.id, credential });
    }
  }
}
