"""A local AWS for the tests: moto behind a strict front, with SageMaker Studio written here."""
