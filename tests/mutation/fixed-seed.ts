/** Loaded before each test file under mutation testing: the same random cases every time, so that the score can be told again. */
import fc from "fast-check";

fc.configureGlobal({ seed: 20_26 });
