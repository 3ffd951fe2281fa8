"""Every unsafe endpoint of the three packages, as a request that would be bad to have an effect twice."""
