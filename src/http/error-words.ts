import type { NextStep } from './models/parts.ts';
import type { PageModels } from './page-models.ts';
import { wait } from './words.ts';

type ErrorModel = PageModels['error'];

/** 404. */
export function notFoundPage(requestId?: string): ErrorModel {
  return page(requestId, {
    title: 'There is no such page',
    text: 'The address may be mistyped, or the page has moved. To sign in, start from the app you want to use.',
    steps: [{ label: 'Start page', href: '/' }],
  });
}

/** 503: the store is down, or the hash queue is full. Never "denied", never "wrong password". */
export function unavailablePage(requestId?: string, again?: NextStep): ErrorModel {
  return page(requestId, {
    title: 'Sign-in is not available right now',
    text: 'Something on our side is not answering. Nothing is wrong with your account. Please try again in a minute.',
    steps: again === undefined ? [] : [again],
  });
}

/** 429; `retryAfter` in seconds. */
export function tooManyPage(retryAfter: number, requestId?: string): ErrorModel {
  return page(requestId, {
    title: 'That was a lot in a short time',
    text: `To keep accounts safe, we slow down here. Please try again in ${wait(retryAfter)}.`,
    steps: [],
  });
}

/** 400 from the authorization endpoint or another request of an app that is not in order. */
export function badRequestPage(detail: string | undefined, requestId?: string): ErrorModel {
  return page(requestId, {
    title: 'The app asked in a way we cannot answer',
    text: 'Nobody was signed in. Go back to the app and try once more. If it happens again, tell whoever runs the app.',
    steps: [],
    ...(detail === undefined ? {} : { detail }),
  });
}

/** 403: the request did not come from a page of ours, or not from the browser that started. */
export function forbiddenPage(requestId?: string): ErrorModel {
  return page(requestId, {
    title: 'This cannot go on here',
    text: 'The sign-in was started in another browser or from another site. Start again from the app.',
    steps: [],
  });
}

/** 500. */
export function unexpectedPage(requestId?: string): ErrorModel {
  return page(requestId, {
    title: 'Something went wrong on our side',
    text: 'Nobody was signed in. Please try again from the app. If it happens again, show the number below to your help desk.',
    steps: [],
  });
}

/** 403: the app asks for another person than the one who just proved themselves (R62). */
export function anotherAccountPage(app: string, interaction: string, requestId?: string): ErrorModel {
  return page(requestId, {
    title: 'Another account is asked for',
    text: `${app} wants you to go on as somebody else than you signed in as. Nobody was signed in.`,
    steps: [
      { label: 'Use another account', href: interaction },
      { label: `Back to ${app}`, post: { action: `${interaction}/cancel` } },
    ],
  });
}

function page(requestId: string | undefined, model: ErrorModel): ErrorModel {
  return requestId === undefined ? model : { ...model, requestId };
}
