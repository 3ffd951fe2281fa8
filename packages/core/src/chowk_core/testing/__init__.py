"""The test kit: what each package's tests, and a site's, stand on."""
