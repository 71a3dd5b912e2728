/** Of the cookie that says that a refresh was tried just now: pages do not ask for another. */
export const REFRESHED_NAME = 'latchkey-refreshed';

/** What the refresh page sends. */
export const REFRESH_PAGE_DOCUMENTS = [
  'mutation { refreshSession { expiresInSeconds session { id expiresAt } user { id roles permissions } } }',
  'mutation { signOut { signedOut } }',
] as const;
const [REFRESH, SIGN_OUT] = REFRESH_PAGE_DOCUMENTS;

/** What tabs with `latchkey/client` know, by their record and their channel, and how they are told. */
const RECORD = `const name = 'latchkey:' + new URL('graphql', location.href).href;
const beganAt = Date.now() - performance.now();

function readRecord() {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

const versionBefore = readRecord()?.version;
const isSince = (time) => time > beganAt && time <= Date.now();

function hasChanged() {
  const version = readRecord()?.version;
  return version !== versionBefore || isSince(version) || isSince(refreshedAt());
}

function writeRecord(change) {
  const before = readRecord();
  const tokens = { accessToken: null, refreshToken: null, deviceToken: null };
  const version = Math.max((before?.version ?? 0) + 1, Date.now());
  const text = JSON.stringify({ ...tokens, ...before, receivedAt: Date.now(), ...change, version });
  try {
    localStorage.setItem(name, text);
  } catch {}
  try {
    const channel = new BroadcastChannel(name);
    channel.postMessage(text);
    channel.close();
  } catch {}
}`;

/** The lock that tabs with `latchkey/client` take: that of the browser, else their lease in storage. */
const LOCK = `const LONGEST_WAIT_MS = 60_000;
const LEASE_MS = 60_000;

async function underWebLock(run) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), LONGEST_WAIT_MS);
  let running;
  const hold = () => {
    clearTimeout(timer);
    return (running ??= run());
  };
  try {
    await navigator.locks.request(name, { signal: waiting.signal }, hold);
  } catch {
    // Waited too long: for a tab that is frozen. Or none may be had here.
    if (waiting.signal.aborted) await navigator.locks.request(name, { steal: true }, hold).catch(() => undefined);
  }
  return hold();
}

async function underLease(run) {
  const key = name + ':lease';
  const own = 'page' + Math.random();
  const attempt = (act) => {
    try {
      return act();
    } catch {}
  };
  const holder = () => {
    const [id, since, until] = attempt(() => localStorage.getItem(key))?.split(' ') ?? [];
    const heldMs = Date.now() - since;
    return heldMs >= 0 && heldMs < LEASE_MS && Date.now() < until ? id : undefined;
  };
  const release = () => {
    if (holder() === own) attempt(() => localStorage.removeItem(key));
  };
  const untilMs = performance.now() + LONGEST_WAIT_MS;
  while (holder() !== own) {
    if (performance.now() > untilMs) throw new Error('busy');
    if (holder() === undefined) {
      attempt(() => localStorage.setItem(key, [own, Date.now(), Date.now() + LEASE_MS].join(' ')));
      if (holder() !== own) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  addEventListener('pagehide', release);
  await run().finally(release);
}`;

/**
 * The script of the refresh page. A refusal clears the cookies, which must be no newer sign-in's: so it goes under the lock, and looks what tabs did
 * meanwhile. The mark is set, and read back, before anything is sent: where no cookie is kept, nothing rotates and
 * nothing returns. Once a refresh came through, it says when and where, since what a tab writes to its storage may come
 * to the next one behind the lock. Of a site's servers with one `COOKIE_DOMAIN` or a part of it, each believes its own.
 */
export const SCRIPT = `const heading = document.querySelector('h1');
const status = document.querySelector('[role="status"]');
const retry = document.querySelector('button');
const goOn = document.querySelector('a');
if (goOn.hash === '') goOn.hash = location.hash;
const { domain } = goOn.dataset;
const TIMEOUT_MS = 20_000;
const MARK = '${REFRESHED_NAME}=';
const OF_THIS = '.' + encodeURIComponent(location.host);
const ENDS = { SESSION_EXPIRED: 'expired', UNAUTHENTICATED: 'expired', USER_BANNED: 'banned', TOKEN_THEFT_DETECTED: 'theft' };

${RECORD}

${LOCK}

function refreshedAt() {
  const ours = document.cookie.split('; ').find((cookie) => cookie.startsWith(MARK) && cookie.endsWith(OF_THIS));
  return ours && Number(ours.slice(MARK.length, -OF_THIS.length));
}

function keepMark(time = refreshedAt() ?? 0) {
  const attributes = [MARK + time + OF_THIS, 'Path=/', 'Max-Age=10', 'SameSite=Lax'];
  if (domain !== '') attributes.push('Domain=' + domain);
  if (location.protocol === 'https:') attributes.push('Secure');
  document.cookie = attributes.join('; ');
  return refreshedAt() !== undefined;
}

function tell(title, text, canRetry) {
  heading.textContent = title;
  status.textContent = text;
  retry.hidden = !canRetry;
  goOn.hidden = false;
}

async function send(query) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
  try {
    const response = await fetch('graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      signal: stop.signal,
    });
    return await response.json();
  } finally {
    clearTimeout(timer);
  }
}

async function rotate() {
  if (hasChanged()) return goBack();
  const { data, errors } = await send('${REFRESH}');
  // A pair that came counts, whatever else of the answer failed.
  if (data?.refreshSession) {
    const { user, session, expiresInSeconds } = data.refreshSession;
    const { id: userId, roles, permissions } = user;
    writeRecord({
      session: { userId, sessionId: session.id, roles: roles ?? [], permissions: permissions ?? [], expiresAt: session.expiresAt },
      signedOut: null,
      lifetimeMs: expiresInSeconds * 1000,
    });
    keepMark(Date.now());
    return goBack();
  }
  const [{ message, extensions }] = errors;
  const ending = ENDS[extensions.code];
  if (ending === undefined) throw errors[0];
  if (hasChanged()) return goBack();
  await send('${SIGN_OUT}');
  const { reason = null, until = null } = extensions;
  const before = readRecord();
  const isNews = ending !== 'expired' || before?.session != null;
  const signedOut = isNews ? { reason: ending, publicReason: reason, until } : (before?.signedOut ?? null);
  writeRecord({ session: null, signedOut, lifetimeMs: 0 });
  if (ending === 'banned') {
    const end = until === null ? '' : ' It ends on ' + new Date(until).toLocaleString() + '.';
    return tell('This account is banned', (reason ?? '') + end, false);
  }
  if (ending === 'theft') return tell('You were signed out', message, false);
  goBack();
}

function goBack() {
  if (keepMark()) location.replace(goOn.href);
  else tell('No cookies', 'Your browser keeps no cookies for this site, which signing in takes.', false);
}

async function refresh() {
  if (refreshedAt() === undefined && !keepMark()) return goBack();
  heading.textContent = document.title;
  status.textContent = '';
  retry.hidden = goOn.hidden = true;
  try {
    await (navigator.locks === undefined ? underLease(rotate) : underWebLock(rotate));
  } catch {
    tell('Not reached', 'The server, or another tab of this site, does not answer at the moment.', true);
  }
}

goOn.addEventListener('click', () => keepMark());
retry.addEventListener('click', refresh);
await refresh();`;
