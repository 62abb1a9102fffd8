// biome-ignore-all lint/correctness/noInnerDeclarations: old-fashioned on purpose, see below
// biome-ignore-all lint/style/useTemplate: old-fashioned on purpose, see below
// biome-ignore-all lint/complexity/useOptionalChain: old-fashioned on purpose, see below
// The page that waits: asks the server by XMLHttpRequest until the state changes, draws the time left, and leaves.
// It decides nothing: the server checks everything again. Without it the page refreshes itself and has a button.
// Old-fashioned JavaScript: HtmlUnit, which drives conformance plans, and browsers of ten years ago run it as well.
(() => {
  /**
   * @typedef {{ name: string, marks: number, words: string }} Device
   * @typedef {{ v: string, state: string, secondsLeft: number, devices?: Device[] }} Answer
   */

  var POLL_LIMIT = 40000; // ms; the server answers within 25 s
  var REQUEST_AGAIN = 250; // ms between an answer and the next question, so that no error loops hot
  var NOT_HELD = 3000; // ms after an answer that came at once and said nothing new
  var BACK_OFF_FIRST = 1000;
  var BACK_OFF_MOST = 15000;
  var LEAVE_AFTER = 420; // ms: the ring closes, then the page goes
  var DELIVERED_WITHIN = 8000; // ms; a push takes a second, and after this it is time to look for it

  var card = document.getElementById('card');
  if (!card) return;
  var page = card;
  var version = page.getAttribute('data-version') || '';
  var life = Number(page.getAttribute('data-life')) || 1;
  var ends = Date.now() + Number(page.getAttribute('data-left')) * 1000;
  var resendAt = Date.now() + Number(page.getAttribute('data-resend')) * 1000;
  var failures = 0;
  var gone = false;
  /** @type {XMLHttpRequest | null} */
  var open = null;
  var timer = 0;

  /** @param {string} id */
  function element(id) {
    return document.getElementById(id);
  }

  /** @param {string} id @param {string} text */
  function say(id, text) {
    var target = element(id);
    if (target && target.textContent !== text) target.textContent = text;
  }

  /** @param {number} seconds */
  function duration(seconds) {
    var minutes = Math.floor(seconds / 60);
    var rest = seconds % 60;
    if (minutes === 0) return rest + ' s';
    return rest === 0 ? minutes + ' min' : minutes + ' min ' + rest + ' s';
  }

  function tick() {
    if (gone) return;
    var left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    say('time', duration(left));
    var ring = element('ring-left');
    if (ring) ring.setAttribute('stroke-dashoffset', String(100 * (1 - Math.min(1, left / life))));
    var resend = /** @type {HTMLButtonElement | null} */ (element('resend'));
    if (resend) resend.disabled = Date.now() < resendAt; // one clock on the page is enough
    if (left > 0) setTimeout(tick, 1000);
  }

  /** @param {Device[]} devices */
  function showDevices(devices) {
    var list = element('devices');
    if (!list) return;
    var rows = list.querySelectorAll('.device');
    if (rows.length !== devices.length) return leave(0, reload); // a device came or went: the server draws the list
    for (var i = 0; i < devices.length; i++) {
      var row = rows[i];
      var device = devices[i];
      if (!row || !device) continue;
      var words = row.querySelector('.device-words');
      if (words && words.textContent !== device.words) {
        words.textContent = device.words;
        var name = row.querySelector('.device-name');
        say(
          'announce',
          (name && name.textContent ? name.textContent.trim() : 'Your device') + ': ' + device.words,
        );
      }
      var marks = row.querySelectorAll('.marks span');
      for (var m = 0; m < marks.length; m++) {
        var mark = marks[m];
        if (mark) mark.className = m < device.marks ? 'on' : '';
      }
    }
  }

  /** For a browser that sees its devices: when none was reached, what to do stands open. */
  function helpIfNothingArrived() {
    var list = element('devices');
    var help = element('help');
    if (gone || !list || !help || help.hasAttribute('open')) return;
    var rows = list.querySelectorAll('.device');
    for (var i = 0; i < rows.length; i++) {
      var row = rows[i];
      if (row && row.querySelectorAll('.marks .on').length >= 2) return;
    }
    help.setAttribute('open', '');
    say('announce', 'Nothing was delivered yet. What you can do is at the end of this page.');
  }

  /** @param {string} name */
  function showIcon(name) {
    var icon = element('icon');
    var url = page.getAttribute('data-icon-' + name);
    if (icon && url) icon.setAttribute('href', url);
  }

  /** A plain GET of this page: never the browser's question whether to post again. */
  function reload() {
    location.replace(location.pathname + location.search);
  }

  /** @param {number} after @param {() => void} how */
  function leave(after, how) {
    if (gone) return;
    gone = true;
    clearTimeout(timer);
    // Timers of a tab behind are slowed to a second or more: it has nothing to show and goes at once.
    if (after === 0 || document.hidden) how();
    else setTimeout(how, after);
  }

  function approved() {
    if (page.getAttribute('data-leave') === 'reload') return leave(0, reload);
    page.className = 'card waiting approved';
    var ring = element('ring-left');
    if (ring) ring.setAttribute('stroke-dashoffset', '0');
    document.title = 'Approved';
    showIcon('approved');
    say('heading', 'Approved');
    say('prompt', 'Your answer is here');
    say('announce', 'Approved. Going on.');
    leave(LEAVE_AFTER, () => {
      var form = /** @type {HTMLFormElement | null} */ (element('continue-form'));
      if (form) form.submit();
      else reload();
    });
  }

  /** @param {Answer} answer */
  function take(answer) {
    version = answer.v;
    ends = Date.now() + answer.secondsLeft * 1000;
    if (answer.state === 'pending') {
      if (answer.devices) showDevices(answer.devices);
      return;
    }
    if (answer.state === 'approved') return approved();
    showIcon('stopped');
    leave(0, reload);
  }

  /** @param {number} after */
  function again(after) {
    if (gone) return;
    clearTimeout(timer);
    timer = setTimeout(poll, after);
  }

  function failed() {
    failures += 1;
    var most = Math.min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** (failures - 1));
    again(most / 2 + Math.random() * (most / 2));
  }

  function poll() {
    if (gone || open) return;
    var url = page.getAttribute('data-poll') || '';
    var request = new XMLHttpRequest();
    var asked = Date.now();
    var seen = version;
    open = request;
    request.open('GET', url + (url.indexOf('?') < 0 ? '?' : '&') + 'v=' + encodeURIComponent(version));
    request.setRequestHeader('Accept', 'application/json');
    request.timeout = POLL_LIMIT;
    request.onreadystatechange = () => {
      if (request.readyState !== 4 || open !== request) return;
      open = null;
      if (request.status === 200) {
        /** @type {Answer | undefined} */
        var answer;
        try {
          answer = JSON.parse(request.responseText);
        } catch (_) {
          answer = undefined;
        }
        if (answer && typeof answer.state === 'string') {
          failures = 0;
          take(answer);
          // A server that will not hold the request (its limits are reached) is asked once in a while only.
          return again(version === seen && Date.now() - asked < 2000 ? NOT_HELD : REQUEST_AGAIN);
        }
        return failed();
      }
      if (request.status === 204) {
        failures = 0;
        return again(Date.now() - asked < 2000 ? NOT_HELD : REQUEST_AGAIN);
      }
      // The chain is gone, or this browser may not ask: the page itself says which. Not in a hot loop.
      if (request.status >= 400 && request.status < 500 && request.status !== 429) {
        return leave(Math.min(BACK_OFF_MOST, 2000), reload);
      }
      failed();
    };
    request.send();
  }

  // A phone that comes back may hold a connection that died meanwhile: ask again at once.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || gone) return;
    var stale = open;
    open = null;
    if (stale) stale.abort();
    failures = 0;
    again(0);
  });
  // Back from the back-forward cache: the old state would be a lie.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) reload();
  });

  /** Whether this browser could keep a passkey: the server may offer one once the person is in. */
  function sayPasskeys() {
    var form = element('continue-form');
    if (!form || !window.PublicKeyCredential) return;
    PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then(
      (able) => {
        if (!able || !form) return;
        var field = document.createElement('input');
        field.type = 'hidden';
        field.name = 'passkeys';
        field.value = 'yes';
        form.appendChild(field);
      },
      () => {},
    );
  }

  sayPasskeys();
  if (page.getAttribute('data-state') === 'approved') approved();
  else {
    tick();
    poll();
    setTimeout(helpIfNothingArrived, DELIVERED_WITHIN);
  }
})();
