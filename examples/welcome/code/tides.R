# What the tide is made of: least squares on four constituents, for each station.
#
#     Rscript tides.R ../data/tides.csv

periods <- c(M2 = 12.4206, S2 = 12, K1 = 23.9345, O1 = 25.8193)  # hours

# One row per hour, two columns per constituent: cosine and sine.
basis <- function(hours) {
  angles <- outer(hours, 2 * pi / periods)
  cbind(cos(angles), sin(angles))
}

constituents <- function(hours, height) {
  fit <- lm(height ~ basis(hours))
  ab <- matrix(coef(fit)[-1], ncol = 2)
  data.frame(
    constituent = names(periods),
    amplitude = sqrt(rowSums(ab^2)),
    phase = (atan2(ab[, 2], ab[, 1]) * 180 / pi) %% 360,
    residual = sd(resid(fit))
  )
}

path <- commandArgs(trailingOnly = TRUE)
tides <- read.csv(if (length(path)) path[1] else "../data/tides.csv", check.names = FALSE)
time <- as.POSIXct(tides$time, format = "%Y-%m-%dT%H:%MZ", tz = "UTC")
tides$hours <- as.numeric(difftime(time, min(time), units = "hours"))

for (rows in split(tides, tides$station)) {
  cat("\n", rows$station[1], "\n", sep = "")
  print(format(constituents(rows$hours, rows[["height, m"]]), digits = 3), row.names = FALSE)
}
