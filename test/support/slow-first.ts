import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Begun first, since it mostly waits: at the end of a run everything else would wait for it. */
const SLOW = "test/wire/soak.test.ts";

/** The usual order of test files, but for the slow one. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) => moduleId.endsWith(SLOW);
    return [...usual.filter(isSlow), ...usual.filter((file) => !isSlow(file))];
  }
}
