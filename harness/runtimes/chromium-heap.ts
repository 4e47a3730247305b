/** The heap of the worker that measures in a page of Chromium, over the DevTools protocol: attached to only when it is asked about. */
import type { CDPSession, Protocol } from 'puppeteer-core';
import { bytesBelow, EVERY_ALLOCATION } from '../memory/watched.ts';
import type { Answer, Question } from '../page/job.ts';
import type { Driver } from '../page/server.ts';

/** @param browser the session of the browser; @param page id of the page's target */
export function heapOf(browser: CDPSession, page: string): Driver {
  let attached: { page: CDPSession; worker: CDPSession } | undefined;
  const ask = async (question: Question): Promise<Answer> => {
    if (question.kind === 'attach') {
      attached ??= await attach(browser, page);
      return {};
    }
    if (!attached) throw new Error('the worker is not attached to');
    const { worker } = attached;
    switch (question.kind) {
      case 'detach':
        await browser.send('Target.detachFromTarget', { sessionId: attached.page.id() });
        attached = undefined;
        return {};
      case 'sample':
        await worker.send('HeapProfiler.startSampling', EVERY_ALLOCATION);
        return {};
      case 'sampled': {
        const { profile } = await worker.send('HeapProfiler.stopSampling');
        return { heapBytes: bytesBelow(profile.head, question.below) };
      }
      case 'usage': {
        // Twice: buffers that the first collection found dead are freed in the background, the second one waits for that.
        for (let i = 0; question.collect && i < 2; i++) await worker.send('HeapProfiler.collectGarbage');
        const usage: Protocol.Runtime.GetHeapUsageResponse = await worker.send('Runtime.getHeapUsage');
        return { heapBytes: usage.usedSize, externalBytes: usage.backingStorageSize };
      }
    }
  };
  return ask;
}

/** The worker that the page started first; those of the pool are workers of that one. */
async function attach(
  browser: CDPSession,
  targetId: string,
): Promise<{ page: CDPSession; worker: CDPSession }> {
  const connection = browser.connection()!;
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
  const page = connection.session(sessionId)!;
  const worker = new Promise<CDPSession>((resolve) => {
    page.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') resolve(connection.session(sessionId)!);
    });
  });
  await page.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
  const session = await worker;
  await session.send('HeapProfiler.enable');
  return { page, worker: session };
}
