// biome-ignore-all lint/correctness/noInnerDeclarations: old-fashioned on purpose, like waiting.js
// biome-ignore-all lint/complexity/useOptionalChain: old-fashioned on purpose, like waiting.js
// Asks the browser for a passkey, or for a new one, and posts what it gives. It decides nothing: the server checks it all.
// Where the browser offers passkeys in the field of the name, it waits for that quietly (conditional mediation).
(() => {
  /**
   * @typedef {{
   *   browserSupportsWebAuthn(): boolean,
   *   browserSupportsWebAuthnAutofill(): Promise<boolean>,
   *   startAuthentication(how: { optionsJSON: unknown, useBrowserAutofill?: boolean }): Promise<unknown>,
   *   startRegistration(how: { optionsJSON: unknown }): Promise<unknown>,
   * }} Library
   */
  var form = /** @type {HTMLFormElement | null} */ (document.getElementById('passkey-form'));
  var start = document.getElementById('passkey-start');
  if (!form || !start) return;
  var page = form;
  var button = start;
  var making = page.getAttribute('data-kind') === 'create';
  var library = /** @type {{ SimpleWebAuthnBrowser?: Library }} */ (/** @type {unknown} */ (window))
    .SimpleWebAuthnBrowser;
  var busy = false;
  var left = false;

  /** @param {string} text */
  function say(text) {
    var problem = document.getElementById('passkey-problem');
    if (!problem) return;
    problem.textContent = text;
    problem.hidden = text === '';
  }

  /** Everything of the form but what the browser is to give. */
  function fields() {
    var body = new URLSearchParams();
    new FormData(page).forEach((value, name) => {
      if (name !== 'credential') body.append(name, String(value));
    });
    body.append('v', '1');
    return body;
  }

  function options() {
    return fetch(page.getAttribute('data-options') || '', {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: fields(),
    }).then((answer) => {
      if (answer.ok) return answer.json();
      // The sign-in has gone on, or ended, elsewhere: its own page knows. Only where somebody asked: nothing may loop.
      if (busy && answer.status >= 400 && answer.status < 500 && answer.status !== 429) location.reload();
      throw new Error('no options');
    });
  }

  /** @param {unknown} credential */
  function post(credential) {
    if (left) return;
    left = true;
    var field = /** @type {HTMLInputElement} */ (page.elements.namedItem('credential'));
    field.value = JSON.stringify(credential);
    page.submit();
  }

  /** @param {{ name?: string } | null} error */
  function wordsFor(error) {
    var name = error ? error.name : '';
    if (name === 'InvalidStateError') return 'There is a passkey of yours in it already. Use another device.';
    if (name === 'NotAllowedError' || name === 'AbortError')
      return making ? 'No passkey was made. You can try again.' : 'No passkey was used. You can try again.';
    if (name === 'SecurityError') return 'Passkeys do not work at this address.';
    return 'That did not work. Check your connection, and try again.';
  }

  function ask() {
    if (busy || left || !library) return;
    busy = true;
    say('');
    var how = library;
    options()
      .then((optionsJSON) =>
        making ? how.startRegistration({ optionsJSON }) : how.startAuthentication({ optionsJSON }),
      )
      .then(post, (error) => say(wordsFor(error)))
      .then(() => {
        busy = false;
      })
      .catch(() => {});
  }

  function offerInField() {
    if (!library) return;
    var how = library;
    how.browserSupportsWebAuthnAutofill().then((able) => {
      if (!able || busy || left) return;
      options()
        .then((optionsJSON) =>
          busy ? undefined : how.startAuthentication({ optionsJSON, useBrowserAutofill: true }),
        )
        .then((credential) => {
          if (credential) post(credential);
        })
        .catch(() => {}); // nobody asked for it: there is nothing to say
    });
  }

  if (!library || !library.browserSupportsWebAuthn()) {
    if (button.tagName !== 'A') {
      button.hidden = true;
      say('This browser cannot use passkeys. Use a newer one, or another way.');
    }
    return;
  }
  button.addEventListener('click', (event) => {
    event.preventDefault();
    ask();
  });
  // Back from the back-forward cache: the challenge may be spent.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
  if (page.hasAttribute('data-autofill')) offerInField();
  if (page.hasAttribute('data-at-once')) ask();
})();
