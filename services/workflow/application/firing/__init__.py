"""The one write loop: any number of commands for cases of any kind, in few round trips."""
