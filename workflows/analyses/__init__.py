"""A job file of questions, asked in the words of the verbs, and the folder of their answers."""
