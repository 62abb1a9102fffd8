/** IndexedDB with promises, for page and worker alike. Nothing of it knows what is stored. */

const NAME = 'countersign-authenticator';
const VERSION = 1;
export const ACCOUNTS = 'accounts';

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(ACCOUNTS, { keyPath: 'id' });
    request.onsuccess = () => {
      const database = request.result;
      // Another window with a newer version, or the browser clearing the site's data, must not be held up.
      database.onversionchange = () => forget(database);
      database.onclose = () => forget(database);
      resolve(database);
    };
    request.onerror = () => {
      opened = undefined;
      reject(request.error);
    };
  });
  return opened;
}

function forget(database: IDBDatabase): void {
  database.close();
  opened = undefined;
}

/** Runs one request in a transaction of its own; resolves once it is on disk. */
export async function inStore<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  return new Promise<T>((resolve, reject) => {
    const transaction = database.transaction(ACCOUNTS, mode, { durability: 'strict' });
    const request = work(transaction.objectStore(ACCOUNTS));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Reads, changes and writes one record in one transaction, so that page and worker never write over each other. */
export async function changeInStore<T>(key: string, change: (record: T) => T): Promise<T | undefined> {
  const database = await open();
  return new Promise<T | undefined>((resolve, reject) => {
    const transaction = database.transaction(ACCOUNTS, 'readwrite', { durability: 'strict' });
    const store = transaction.objectStore(ACCOUNTS);
    const request = store.get(key) as IDBRequest<T | undefined>;
    let changed: T | undefined;
    request.onsuccess = () => {
      if (request.result === undefined) return;
      changed = change(request.result);
      store.put(changed);
    };
    transaction.oncomplete = () => resolve(changed);
    transaction.onabort = () => reject(transaction.error);
  });
}
